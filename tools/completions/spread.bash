# SPDX-License-Identifier: MIT
#
# Completion in bash of the programs of Spread: their options, what those take, and their commands, as
# the --help of the installed program lists them.

# Of the help on standard input: a line for each option with what it takes, then for each command.
_spread_words() {
    local line commands=
    while IFS= read -r line; do
        if [[ $line == *Commands: ]]; then
            commands=yes
        elif [[ $line != '  '* && $commands ]]; then
            commands=
        elif [[ $commands && $line =~ ^'  '([a-z]+) ]]; then
            printf 'command %s\n' "${BASH_REMATCH[1]}"
        elif [[ $line =~ ^'  '(--?[A-Za-z-]+)(', '(-[a-z]))?(' '([^ ]+))? ]]; then
            printf 'option %s %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[5]}"
            [[ ! ${BASH_REMATCH[3]} ]] || printf 'option %s %s\n' "${BASH_REMATCH[3]}" "${BASH_REMATCH[5]}"
        fi
    done
}

_spread() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local call=("$program") options=() commands=() kind name takes value= command= i
    COMPREPLY=()
    if [[ ${program##*/} == splog && $COMP_CWORD -gt 1 ]]; then
        call+=("${COMP_WORDS[1]}") # whose options are others
    fi
    while read -r kind name takes; do
        if [[ $kind == command ]]; then
            commands+=("$name")
            continue
        fi
        options+=("$name")
        [[ $name != "$before" ]] || value=$takes
    done < <("${call[@]}" --help 2>/dev/null </dev/null | _spread_words)
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ " ${commands[*]} " != *" ${COMP_WORDS[i]} "* ]] || command=${COMP_WORDS[i]}
    done
    case $value in
    FILE) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    DIR) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    *'|'*) mapfile -t COMPREPLY < <(compgen -W "${value//|/ }" -- "$word") ;;
    ?*) ;;
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "${options[*]}" -- "$word")
        elif [[ ! $command ]]; then
            mapfile -t COMPREPLY < <(compgen -W "${commands[*]}" -- "$word")
        fi
        ;;
    esac
    if [[ $value == FILE || $value == DIR ]]; then
        compopt -o filenames 2>/dev/null
    fi
}

complete -F _spread @PROGRAMS@
