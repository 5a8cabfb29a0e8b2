# SPDX-License-Identifier: MIT
# Completion of memprov(8). scripts/check-docs holds its words against the program.

# Whether the command is one of these, or is not there yet.
function __memprov_may_be
    not __fish_seen_subcommand_from audit apply remove check profiles
    or __fish_seen_subcommand_from $argv
end

# The names of the profiles to be had; memprov may be in root's PATH only.
function __memprov_profiles
    set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
    command memprov profiles 2>/dev/null | string replace --regex --filter '^(?!NAME )(\S+).*' '$1\tprofile'
end

function __memprov_sizes
    set -l number (commandline --current-token | string match --regex '[0-9.]+$')
    and printf '%s\tsize\n' $number{M,G,T}
    or printf '%s\tsize\n' 512M {1,2,4,8,16,32,64}G
end

complete -c memprov -f
complete -c memprov -n __memprov_may_be -a audit -d 'compare the machine with the profile; changes nothing'
complete -c memprov -n __memprov_may_be -a apply -d 'make the machine conform'
complete -c memprov -n __memprov_may_be -a remove -d 'undo what apply made'
complete -c memprov -n __memprov_may_be -a check -d 'validate profiles, print the swap each RAM size gets'
complete -c memprov -n __memprov_may_be -a profiles -d 'list the profiles to be had'
complete -c memprov -n '__fish_seen_subcommand_from check' -F -a '(__memprov_profiles)'

complete -c memprov -n '__memprov_may_be audit apply remove' -s p -l profile -r -F -a '(__memprov_profiles)' -d 'default: /etc/memprov/profile.yaml, else the built-in `default`'
complete -c memprov -n '__memprov_may_be apply remove' -s n -l dry-run -d 'show every step and file diff, do nothing'
complete -c memprov -n '__memprov_may_be audit apply' -s s -l size -x -a '(__memprov_sizes)' -d 'a swapfile of exactly this size (2G, 512M; 0: none)'
complete -c memprov -n '__memprov_may_be audit apply remove' -s f -l file -r -F -d 'this swapfile instead of the profile\'s'
complete -c memprov -n '__memprov_may_be audit apply remove' -l ram -x -a '(__memprov_sizes)' -d 'plan as for a machine with this much RAM'
complete -c memprov -l root -x -a '(__fish_complete_directories (commandline --current-token | string replace -- --root= ""))' -d 'work on the tree under DIR; kernel steps are deferred'
complete -c memprov -n '__memprov_may_be apply' -l force -d 'overrule the guard of vm.overcommit_memory=2, nothing else'
complete -c memprov -s j -l json -d 'one JSON document on stdout'
complete -c memprov -n '__memprov_may_be audit' -l prometheus -d 'metrics for Prometheus\' node exporter'
complete -c memprov -n '__memprov_may_be audit' -l output -r -F -d 'with --prometheus: replace FILE, print nothing'
complete -c memprov -s q -l quiet -d 'print errors only'
complete -c memprov -s v -l verbose -d 'show also the steps that hold already'
complete -c memprov -s h -l help -d 'print this help'
complete -c memprov -s V -l version -d 'print the version'
