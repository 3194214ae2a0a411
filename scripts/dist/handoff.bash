# SPDX-License-Identifier: MIT
# Completion of handoff for bash: commands and options are asked of the program itself.
# shellcheck shell=bash

_handoff() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} program=${COMP_WORDS[0]} before="" words
	# "=" ends a word: --out=DIR are three of them.
	[[ $COMP_CWORD -gt 1 && ${COMP_WORDS[COMP_CWORD - 1]} == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $word == = && $COMP_CWORD -gt 1 ]] && before=${COMP_WORDS[COMP_CWORD - 1]} word=
	if [[ $COMP_CWORD -eq 1 ]]; then
		words="$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p') --help --version"
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	elif [[ -n $before ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	elif [[ $word == -* ]]; then
		words=$("$program" "$command" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*=\?' | sort -u)
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
	elif [[ $command == profiles ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'none knobs:' -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
	return 0
}
complete -o filenames -F _handoff handoff
