
# Names that the configuration gives: the program itself is asked for contexts, presets and themes.
_trailtop_names() {
    local line="${COMP_LINE:0:COMP_POINT}" words word before kind name
    word="${line##*[[:blank:]]}"
    read -ra words <<<"${line%"$word"}"
    before="${words[${#words[@]} - 1]}"
    case "$before:$word" in
        *:--theme=*) kind=themes word="${word#*=}" ;;
        --theme:* | themes:*) kind=themes ;;
        query:* | --filter:*) kind=presets ;;
        *) kind=contexts ;;
    esac
    word="${word#[\"\']}"
    if [[ "$kind" != themes && "$word" != @* || "$word" == -* ]]; then
        _trailtop "$@"
        return
    fi
    COMPREPLY=()
    while IFS= read -r name; do
        [[ "$name" == "$word"* ]] || continue
        # Where the shell takes @ for the end of a word, only what follows it is replaced.
        [[ "$word" == @* && "$2" != *@* && "$COMP_WORDBREAKS" == *@* ]] && name="${name#@}"
        COMPREPLY+=("$name")
    done < <("$1" config --names "$kind" 2>/dev/null)
}
complete -F _trailtop_names -o bashdefault -o default trailtop
