# SPDX-License-Identifier: MIT
# Completion of handoff for bash: commands, options and values are asked of the program itself. Where it has no word to
# offer, bash completes names of files.
# shellcheck shell=bash

# The help of command $2 of program $1; of `run` also that of the microbenchmarks, whose options it takes.
_handoff_help() {
	local beside
	"$1" "$2" --help
	[[ $2 == run ]] || return
	beside=$(dirname "$(readlink -f "$(command -v "$1")")")
	"$beside/ipc_null" --help
	"$beside/sync_null" --help
}

# Of a help on stdin, the values of option $1 that it lists: "--sched=other|fifo:P" has other and fifo:.
_handoff_values() {
	local option value
	while read -r option _; do
		[[ $option == "$1="*\|* ]] || continue
		while read -r -d '|' value; do
			[[ $value == *:* ]] && value=${value%%:*}:
			echo "$value"
		done <<<"${option#*=}|"
	done
}

# Every word that may stand at the end of $3, behind its last "=" or comma, of command $2 of program $1.
_handoff_words() {
	local program=$1 command=$2 word=$3
	case $command/$word in
	*/--only=* | */--of=* | run/[!-]* | run/) "$program" list --names | sed 'h; s/:.*//; p; s,.*/,,; p; x' ;;
	profiles/--baseline=* | profiles/[!-]* | profiles/) "$program" list --profiles | cut -f 1 ;;
	run/--between=*) _handoff_help "$program" run | _handoff_values --placement ;;
	*/--*=*) _handoff_help "$program" "$command" | _handoff_values "${word%%=*}" ;;
	*/-*) _handoff_help "$program" "$command" | grep -o -- '--[a-z][a-z-]*=\?' ;;
	esac
}

_handoff() {
	local line=${COMP_LINE:0:COMP_POINT} program=${COMP_WORDS[0]} command=${COMP_WORDS[1]-} word typed before=
	typed=${line##*[[:space:]]}
	[[ $typed != *[=,]* ]] || before=${typed%"${typed##*[=,]}"}
	COMPREPLY=()
	while read -r word; do
		[[ $before$word != "$typed"* ]] || COMPREPLY+=("$before$word")
	done < <({
		if [[ $COMP_CWORD -eq 1 || ($COMP_CWORD -eq 2 && $command == help) ]]; then
			"$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
			[[ $COMP_CWORD -ne 1 ]] || printf '%s\n' help --help --version
		else
			_handoff_words "$program" "$command" "$typed"
		fi
	} 2>/dev/null | sort -u)
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace
	# "=" and ":" end a word of bash: what stands before them is there already.
	local breaks=${COMP_WORDBREAKS//[!=:]/}
	[[ -z $breaks || $typed != *["$breaks"]* ]] || COMPREPLY=("${COMPREPLY[@]#"${typed%"${typed##*["$breaks"]}"}"}")
	return 0
}
complete -o default -F _handoff handoff
