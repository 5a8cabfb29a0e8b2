# SPDX-License-Identifier: MIT
"""The filter profile_text: a mapping as the text of a profile."""

DOCUMENTATION = r'''
name: profile_text
short_description: Write a mapping as the text of a memprov profile
version_added: 0.1.0
author: memprov maintainers (@memprov)
description:
  - Keeps the order of the keys, and writes numbers without quotes also where a template has made
    text of them, as memprov wants them. Judges nothing; C(memprov check) does.
positional: _input
options:
  _input:
    description: The profile; see memprov-profile(5).
    type: dict
    required: true
'''

EXAMPLES = r'''
- name: Place a profile
  ansible.builtin.copy:
    content: "{{ memprov_profile | memprov.memprov.profile_text }}"
    dest: /etc/memprov/profile.yaml
    mode: "0644"
    validate: memprov check %s
'''

RETURN = r'''
_value:
  description: The text, ending with a newline.
  type: str
'''

from collections.abc import Mapping

from ansible.errors import AnsibleFilterTypeError
from ansible_collections.memprov.memprov.plugins.module_utils.profile import profile_text


def _profile_text(value):
    if not isinstance(value, Mapping):
        raise AnsibleFilterTypeError('profile_text wants a mapping, not %s' % type(value).__name__)
    return profile_text(value)


class FilterModule:
    """Ansible's entry point."""

    def filters(self):
        return {'profile_text': _profile_text}
