#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Runs memprov on the managed host, and hands its JSON document on as the result."""

DOCUMENTATION = r'''
module: memprov
short_description: Give a machine its swapfile, fstab line and vm.* sysctls
version_added: 0.1.0
author: memprov maintainers (@memprov)
description:
  - Brings a Linux machine to what a profile asks for, that is a swapfile of the right size for its
    RAM, active now and at the next boot, and values of C(vm.*) sysctls, set now and at the next
    boot. A run after a successful run changes nothing.
  - Runs C(memprov), which has to be installed on the managed host; the role
    C(memprov.memprov.memprov) does that.
  - If any step must not be done, none is, and the task fails with the reason and the remedy.
  - In a container and in WSL, where swap belongs to the host, the task is skipped.
options:
  state:
    description:
      - C(present) makes the machine conform (C(memprov apply)).
      - C(absent) undoes what was applied (C(memprov remove)). The program and profiles stay.
      - C(audited) compares only (C(memprov audit)). It never changes anything and does not fail
        because of what it finds; see the return value C(conforms).
    type: str
    choices: [present, absent, audited]
    default: present
  profile:
    description:
      - What the machine is to have. By default C(/etc/memprov/profile.yaml) of the managed host if
        it exists, else the built-in profile C(default).
      - A word without a slash is the name of a profile, C(/etc/memprov/profiles/NAME.yaml) or
        built-in.
      - A text with a slash is the path of a file on the managed host.
      - A mapping is the profile itself. A text of decimal digits in it is taken for a number, since
        templates make text of numbers.
      - So is a text of several lines, byte for byte. The profile's name is C(profile) in both
        cases.
    type: raw
  size:
    description:
      - A swapfile of exactly this size, such as C(4G). The profile's table is not used, and other
        swap is not counted. C(0) means no swapfile.
      - Not looked at with I(state=absent).
    type: str
  file:
    description: Path of the swapfile, instead of the profile's.
    type: str
  root:
    description:
      - Work on the tree under this directory of the managed host, an image or a mounted disk.
        What a running kernel has to do is left to the boot of the tree.
    type: path
  ram:
    description:
      - Plan as for a machine with this much RAM, such as C(8G). Needed with I(root), unless
        I(state=absent).
    type: str
  executable:
    description: The program. One without a slash is looked for in PATH and the sbin directories.
    type: path
    default: memprov
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
    details:
      - Runs C(memprov --dry-run), and fails where the task itself would.
  diff_mode:
    support: full
    details:
      - Shows fstab, the sysctl drop-in and each other file that changes. What is done to the
        swapfile and the running kernel is in C(steps).
  platform:
    platforms: linux
notes:
  - Needs root, except for I(state=audited), and with a I(root) of the user's own.
  - The result holds the whole of C(/etc/fstab), which may tell what not everybody should know.
    Keep it out of logs with C(no_log) where it does.
  - C(memprov(8)) and C(memprov-profile(5)) are the manual pages of the program and of profiles.
'''

EXAMPLES = r'''
- name: Give the machine what its profile asks for, or the built-in default
  memprov.memprov.memprov:

- name: Use a built-in profile, and another filesystem
  memprov.memprov.memprov:
    profile: database
    file: /srv/swapfile

- name: Use a profile of the play's own
  memprov.memprov.memprov:
    profile:
      memprov: 1
      swap:
        sizes:
          - { ram: 8G, recommended: 1x, minimum: 0.5x }
          - { ram: any, recommended: 8G }
      sysctl:
        vm.swappiness: 10

- name: Compare only, and fail where the machine does not conform
  memprov.memprov.memprov:
    state: audited
  register: memprov_audit
  failed_when: not memprov_audit.conforms

- name: Prepare an image
  memprov.memprov.memprov:
    root: /mnt/image
    ram: 8G

- name: Undo it
  memprov.memprov.memprov:
    state: absent
'''

RETURN = r'''
memprov:
  description: Version of the program. With the keys below the result is its JSON document, as
    memprov(8) describes it; C(changed), C(failed), C(msg), C(diff) and C(warnings) mean the same in
    both.
  returned: when it could be run
  type: str
  sample: 0.1.0
command:
  description: C(apply), C(remove) or C(audit).
  returned: when it could be run
  type: str
dry_run:
  description: Whether nothing was to be changed, as in check mode.
  returned: when it could be run
  type: bool
profile:
  description: Name and source (C(built-in), a path, or C(inline)) of the profile; null where none
    was read.
  returned: when it could be run
  type: dict
  sample: {name: default, source: built-in}
conforms:
  description: Whether the machine is as the profile asks, after the run.
  returned: when it could be run
  type: bool
exit:
  description: The exit status, 0 to 4.
  returned: when it could be run
  type: int
msg:
  description: One line, the verdict, or why nothing was done.
  returned: always
  type: str
  sample: swap is 12 GiB, the profile asks for 12 GiB; 6 changes made
facts:
  description: What was found, among it C(ram_bytes), the active areas in C(swap), and the
    swapfile's C(filesystem); null where the machine was not looked at.
  returned: when it could be run
  type: dict
target:
  description: What is wanted of the swapfile, with C(recommended_bytes) (lower and upper end),
    C(minimum_bytes) and C(file_bytes); null with I(state=absent).
  returned: when it could be run
  type: dict
steps:
  description: The plan in order, each step with C(kind), C(target), C(state), C(have), C(want) and
    C(why).
  returned: when it could be run
  type: list
  elements: dict
  sample:
    - {kind: sysctl, target: vm.swappiness, state: done, have: 60, want: 10, why: set}
diff:
  description: The text files that the plan changes, each with C(path), C(before) and C(after); null
    where there was or will be no file.
  returned: when it could be run
  type: list
  elements: dict
errors:
  description: All that is wrong with the profile, with file, line and column; of an inline profile
    with the line itself.
  returned: when the profile is wrong
  type: list
  elements: str
warnings:
  description: Warnings and notes, which Ansible shows as its own.
  returned: when there are any
  type: list
  elements: str
'''

import json
import os
import re
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.memprov.memprov.plugins.module_utils.profile import profile_text

COMMANDS = {'present': 'apply', 'absent': 'remove', 'audited': 'audit'}
CHANGES_FOUND = 3
DOES_NOT_APPLY = 4


def inline_profile(module):
    """The text of a profile that is not a name or a path."""
    profile = module.params['profile']
    if isinstance(profile, dict):
        return profile_text(profile)
    if profile is not None and not isinstance(profile, str):
        module.fail_json(msg='profile: wants a name, a path, a mapping or the text of a profile, '
                             'not %s' % type(profile).__name__)
    return profile if profile and '\n' in profile else None


def place(module, text):
    """A file with the profile, that goes with the module. Its name is the profile's."""
    path = os.path.join(tempfile.mkdtemp(dir=module.tmpdir), 'profile.yaml')
    module.add_cleanup_file(path)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w',
              encoding='utf-8') as file:
        file.write(text)
    return path


def command_line(module, executable, profile):
    params = dict(module.params, profile=profile)
    state = params['state']
    words = [executable, COMMANDS[state], '--json']
    if module.check_mode and state != 'audited':
        words.append('--dry-run')
    for name in ('profile', 'size', 'file', 'ram', 'root'):
        if params[name] is not None and not (name == 'size' and state == 'absent'):
            words.append('--%s=%s' % (name, params[name]))
    return words


def read_document(module, status, output, errors):
    try:
        document = json.loads(output)
        if document['exit'] == status:
            return document
    except (ValueError, KeyError, TypeError):
        pass
    return module.fail_json(msg='memprov ended with status %d and without its document: %s' %
                                (status, errors.strip() or 'no error was told'),
                            rc=status, stdout=output, stderr=errors)


def profile_errors(errors, path, text):
    """What is wrong with the profile, of an inline one with its lines: nobody can read its file."""
    found = []
    for line in errors.splitlines():
        match = re.match(r'(.*):([0-9]+):[0-9]+: ', line)
        if not match or line.startswith('memprov: '):
            continue
        if match.group(1) == path:
            source = text.splitlines()[int(match.group(2)) - 1:][:1]
            line = ': '.join([line.replace(path, 'profile', 1)] + [row.strip() for row in source])
        found.append(line)
    return found


def obstacle(module, document):
    """Why the task itself would fail where its check has not, or None."""
    if not module.check_mode or module.params['state'] == 'audited':
        return None
    if module.params['root'] is None and os.geteuid() != 0:
        return 'root is needed to change the machine; use become'
    for step in document['steps']:
        if step['state'] == 'unknown':
            return '%s: %s' % (step['target'], step['why'])
    return None


def run(module):
    params = module.params
    executable = module.get_bin_path(params['executable'])
    if executable is None:
        module.fail_json(msg='%s is not installed on this host; the role memprov.memprov.memprov '
                             'installs it' % params['executable'])
    text = inline_profile(module)
    path = place(module, text) if text is not None else params['profile']
    status, output, errors = module.run_command(command_line(module, executable, path),
                                                environ_update={'LC_ALL': 'C'})
    result = read_document(module, status, output, errors)
    if text is not None:
        result['msg'] = result['msg'].replace(path, 'profile')
        if result['profile']:
            result['profile']['source'] = 'inline'
    for file in result['diff']:
        file['before_header'] = file['after_header'] = file['path']
    if status not in (0, CHANGES_FOUND, DOES_NOT_APPLY):
        found = profile_errors(errors, path, text or '')
        module.fail_json(**dict(result, errors=found) if found else result)
    if status == DOES_NOT_APPLY:
        module.exit_json(skipped=True, **result)
    reason = obstacle(module, result)
    if reason:
        module.fail_json(**dict(result, msg=reason))
    module.exit_json(**result)


def main():
    run(AnsibleModule(
        argument_spec={
            'state': {'type': 'str', 'choices': ['present', 'absent', 'audited'],
                      'default': 'present'},
            'profile': {'type': 'raw'},
            'size': {'type': 'str'},
            'file': {'type': 'str'},
            'root': {'type': 'path'},
            'ram': {'type': 'str'},
            'executable': {'type': 'path', 'default': 'memprov'},
        },
        supports_check_mode=True))


if __name__ == '__main__':
    main()
