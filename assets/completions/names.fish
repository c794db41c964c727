
# Names that the configuration gives: the program itself is asked for contexts, presets and themes.
function __trailtop_asks_filter
    contains -- (commandline -opc)[-1] query --filter
end
function __trailtop_asks_name
    string match -q -- '@*' (commandline -ct)
end
complete -c trailtop -n '__trailtop_asks_name; and not __trailtop_asks_filter' -f -a '(trailtop config --names contexts 2>/dev/null)'
complete -c trailtop -n '__trailtop_asks_name; and __trailtop_asks_filter' -f -a '(trailtop config --names presets 2>/dev/null)'
complete -c trailtop -l theme -x -a '(trailtop config --names themes 2>/dev/null)'
complete -c trailtop -n 'contains -- (commandline -opc)[-1] themes' -f -a '(trailtop config --names themes 2>/dev/null)'
