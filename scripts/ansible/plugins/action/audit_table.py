# SPDX-License-Identifier: MIT
"""Prints the audits of many hosts as one table. Must not judge: memprov did that on each host."""

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

TITLES = ('HOST', 'RAM', 'SWAP', 'RECOMMENDED', 'VERDICT', 'DRIFT')
HOLDS = ('ok', 'deferred', 'done', 'skipped')


def _amount(value):
    """Bytes for people, as memprov has them."""
    if value is None:
        return '-'
    units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return '%s %s' % (('%.2f' % value).rstrip('0').rstrip('.'), units[0])


def _range(amounts):
    if not amounts:
        return '-'
    return '..'.join(_amount(value) for value in sorted(set(amounts)))


def _active_swap(facts):
    areas = facts.get('swap')
    if areas is None:
        return None
    # The kernel counts without the page of the header.
    return sum(area['size_bytes'] + facts['page_size'] for area in areas if area['type'] != 'zram')


def _verdict(result, drift):
    states = [step['state'] for step in drift]
    for verdict in ('unreachable', 'failed', 'skipped'):
        if result.get(verdict):
            return verdict
    if 'conforms' not in result:
        return 'failed'
    if result['conforms']:
        return 'conforms'
    return next((state for state in ('blocked', 'unknown') if state in states), 'drift')


def _row_of(host, result):
    facts, target = result.get('facts') or {}, result.get('target') or {}
    drift = [step for step in result.get('steps', []) if step['state'] not in HOLDS]
    return {
        'host': host,
        'ram_bytes': facts.get('ram_bytes'),
        'swap_bytes': _active_swap(facts),
        'recommended_bytes': target.get('recommended_bytes'),
        'verdict': _verdict(result, drift),
        'drift': drift,
        'msg': result.get('msg', 'was not audited'),
    }


def _step_words(step):
    if step['kind'] == 'sysctl':
        return '%s is %s, not %s' % (step['target'], step['have'], step['want'])
    return '%s: %s' % (step['kind'], step['why'] or step['state'])


def _cells(row):
    words = '; '.join(_step_words(step) for step in row['drift'])
    if row['verdict'] in ('unreachable', 'failed', 'skipped'):
        words = ' '.join(str(row['msg']).split())
    return (row['host'], _amount(row['ram_bytes']), _amount(row['swap_bytes']),
            _range(row['recommended_bytes']), row['verdict'], words)


def _row(host, result):
    """One host's, whatever it sent: the others' are to be seen all the same."""
    try:
        row = _row_of(host, result)
        _cells(row)
        return row
    except (AttributeError, KeyError, TypeError, ValueError):
        return _row_of(host, {'failed': True, 'msg': 'sent what is no document of memprov'})


def _printable(cell):
    """A host's text is not to steer the operator's terminal."""
    return ''.join(c if c.isprintable() else '?' for c in cell)


def _table(rows):
    lines = [TITLES] + [[_printable(cell) for cell in _cells(row)] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(TITLES) - 1)] + [0]
    return '\n'.join('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in lines)


def _summary(rows):
    verdicts = [row['verdict'] for row in rows]
    counts = ['%d %s' % (verdicts.count(verdict), verdict) for verdict in dict.fromkeys(verdicts)]
    return '%d hosts: %s' % (len(rows), ', '.join(counts)) if rows else 'no hosts'


class ActionModule(ActionBase):
    """Needs no connection: it all comes from the results."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(('results',))

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _unused, args = self.validate_argument_spec({'results': {'type': 'dict', 'required': True}})
        rows = [_row(host, audit) for host, audit in args['results'].items()]
        result.update(changed=False, hosts=rows, table=_table(rows), msg=_summary(rows))
        Display().display('%s\n%s' % (result['table'], result['msg']))
        return result
