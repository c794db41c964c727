//! One record on one line: white space outside strings taken away, everything else byte for byte
//! as in the source, so that the order of keys and the spelling of numbers survive.

/// Appends the value without its white space. Works on any bytes; of a string that never ends it
/// keeps every byte but line feeds, which no checked record can hold.
pub fn minify(json: &[u8], out: &mut Vec<u8>) {
    out.reserve(json.len());
    let mut in_string = false;
    let mut at = 0;
    while at < json.len() {
        let byte = json[at];
        match byte {
            b'\\' if in_string => {
                out.extend_from_slice(&json[at..json.len().min(at + 2)]);
                at += 2;
                continue;
            }
            b'"' => in_string = !in_string,
            b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b' ' | b'\t' if !in_string => {
                at += 1;
                continue;
            }
            _ => {}
        }
        out.push(byte);
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_outside_strings_goes() {
        let cases: &[(&str, &str)] = &[
            (
                "{ \"b\" : 1.50 ,\r\n\t\"a\": [ true , null , -0.0e+10 ] }",
                r#"{"b":1.50,"a":[true,null,-0.0e+10]}"#,
            ),
            (r#" "a \" b\\" "#, r#""a \" b\\""#),
            (r#"{"k" : "a : {  } b"}"#, r#"{"k":"a : {  } b"}"#),
            ("\"open  \\", "\"open  \\"),
            ("", ""),
        ];
        for (json, expected) in cases {
            let mut out = vec![];
            minify(json.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), *expected);
        }
    }
}
