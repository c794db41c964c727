//! stub
/// stub
#[derive(Debug)]
pub struct Plan;
impl Plan {
    /// stub
    pub fn reads_now(&self) -> bool {
        false
    }
    /// stub
    pub fn reads_side(&self) -> bool {
        false
    }
    /// stub
    pub fn everything() -> Self {
        Plan
    }
}
