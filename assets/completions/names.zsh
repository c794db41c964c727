# Names that the configuration gives: the program itself is asked for contexts, presets and themes.
_trailtop() {
    local kind before=$words[CURRENT-1]
    local -a names
    case "$before:$PREFIX" in
        *:--theme=*) kind=themes; compset -P '*=' ;;
        (--theme|themes):*) kind=themes ;;
        (query|--filter):*) kind=presets ;;
        *) kind=contexts ;;
    esac
    if [[ ( $kind == themes || $PREFIX == @* ) && $PREFIX != -* ]]; then
        names=(${(f)"$(_call_program names $words[1] config --names $kind 2>/dev/null)"})
        compadd -a names
        return
    fi
    _trailtop_words "$@"
}

