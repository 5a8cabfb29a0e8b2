# SPDX-License-Identifier: MIT
"""Documentation of the action plugin of this name, which runs on the controller."""

DOCUMENTATION = r'''
module: audit_table
short_description: Print one table of the audits of many machines
version_added: 0.1.0
author: memprov maintainers (@memprov)
description:
  - Prints what M(memprov.memprov.memprov) with I(state=audited) found on each host, as one table
    with host, RAM, swap, recommended swap, verdict and drift, and how many there are of each
    verdict.
  - Runs on the controller, and changes nothing.
options:
  results:
    description: The registered result of each host, by its name, in the order of the table. A host
      that was unreachable or failed gets a row, too.
    type: dict
    required: true
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: all
'''

EXAMPLES = r'''
- name: Print the audits of all hosts
  memprov.memprov.audit_table:
    results: "{{ dict(names | zip(names | map('extract', hostvars, 'memprov_audit'))) }}"
  vars:
    names: "{{ ansible_play_hosts_all }}"
  run_once: true
'''

RETURN = r'''
hosts:
  description: The rows. What is not known is null.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: Name of the host.
      type: str
    ram_bytes:
      description: Its RAM, rounded to the nominal size.
      type: int
    swap_bytes:
      description: Active swap on disk; zram does not count.
      type: int
    recommended_bytes:
      description: Lower and upper end of what the profile recommends.
      type: list
      elements: int
    verdict:
      description: C(conforms), C(drift), C(blocked), C(unknown), C(skipped), C(failed) or
        C(unreachable).
      type: str
    drift:
      description: The steps that are not as they should be, as in M(memprov.memprov.memprov).
      type: list
      elements: dict
    msg:
      description: One line, the verdict in words.
      type: str
table:
  description: The table as it was printed.
  returned: success
  type: str
msg:
  description: How many hosts there are of each verdict.
  returned: success
  type: str
  sample: "3 hosts: 2 conforms, 1 drift"
'''
