"""Golden renderings of small templates, made with Jinja2 as Hugging Face's tokenizers use it.

usage: python make_goldens.py   (needs jinja2; writes goldens.json beside this file)
"""

import datetime
import json
import os

import jinja2
import jinja2.ext
import jinja2.sandbox


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


class Generation(jinja2.ext.Extension):
    """`{% generation %}` as in transformers: a body with a scope of its own."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("render", [])
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def render(self, caller):
        return caller()


environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols, Generation]
)
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = lambda f: datetime.datetime(2026, 11, 1, 9, 5, 7).strftime(f)

context = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": " Hi <b>there</b> "},
        {"role": "assistant", "content": "Hello!", "tool_calls": [{"name": "f", "args": {"x": 1}}]},
        {"role": "user", "content": [{"type": "text", "text": "déjà"}, {"type": "image"}]},
    ],
    "add_generation_prompt": True,
    "tree": [{"n": 1, "kids": [{"n": 2, "kids": []}, {"n": 3, "kids": [{"n": 4, "kids": []}]}]}],
    "people": [
        {"name": "Zoe", "age": 31, "city": {"name": "Oslo"}},
        {"name": "adam", "age": 25, "city": {"name": "Bern"}},
        {"name": "Bob", "age": 31, "city": {"name": "Oslo"}},
    ],
    "d": {"b": 2, "a": 1, "C": 3, "items": "shadowed", "nested": {"k": [1, 2.5, None, True, "s"]}},
    "l": [3, 1, 2],
    "s": "Hello, World",
    "u": "naïve ŒUVRE 😀 e\u0301",
    "n": 42,
    "f": 3.14159,
    "t": True,
    "z": None,
    "empty": [],
}


def expressions(text):
    return ["{{ " + line + " }}" for line in text.strip().splitlines() if line.strip()]


cases = []

# Values as text.
cases += expressions(r"""
none
true
[1, 'a', "it's", 2.0, none, false, {'k': (1,)}, (), [], {}]
d
u
[u, 'tab\t', 'nl\n', 'q\'"', '\x00', '\u200b', '\u00e9']
1.0
1e16
1e15
123456789.125
0.0001
0.00001
1e-7
1.5e300
-0.0
100000000000000000000.0
12345678901234567.0
1/3
2**0.5
10/2
7//2
-7//2
7%3
-7%3
7%-3
-7//-2
7.5//2
-7.5%2
2**10
2**-1
2**3**2
-2**2
1 + 2 * 3 - 4 / 2
(1 + 2) * 3
'a' ~ 1 ~ none ~ 2.5 ~ [1]
'ab' * 3
[1, 2] * 2
3 * 'x'
[1] + [2, 3]
(1,) + (2,)
'%s is %d years, %.2f, %5s|%-5s|%05d|%x|%%' % ('Bob', 31, f, 'r', 'l', 42, 255)
'%s' % [1]
'%(a)s and %(b)s' % d
'%r %e %g %G %+d' % ('x', 12345.678, 0.00001234, 1e20, 5)
'%g|%g|%g' % (100000.0, 1000000.0, 1.5)
'%.3g|%.0f|%.1f' % (1234.5, 2.5, 0.25)
'{} {} {0}'.format(1)
'{} {}'.format(1, 2)
'{0}-{1}-{0}'.format('a', 'b')
'{name}: {age:>5}|{age:<5}|{age:^5}|'.format(name='x', age=7)
'{:,} {:.2f} {:08.3f} {:x} {:b} {:e} {:%}'.format(1234567, f, f, 255, 5, 12345.678, 0.25)
'{!r} {:>{w}}'.format('q', 'p', w=4)
'{{}} {}'.format(1)
'{a[k][0]} {a[k]}'.format(a=d.nested)
'{:*^9}|{:+d}|{: d}'.format('mid', 3, 4)
'{:g} {:.3g} {}'.format(1e10, 1234.5678, 1e22)
""")
# Comparison, truth, containment.
cases += expressions(r"""
1 < 2 < 3
1 < 3 < 2
1 == 1.0 == true
'a' < 'b'
'Z' < 'a'
[1, 2] < [1, 3]
(1, 2) == (1, 2)
[1] == (1,)
{'a': 1} == {'a': 1.0}
none == false
undefined_thing == other_undefined
undefined_thing == none
'ell' in s
'' in s
'x' not in s
1 in l
1.0 in l
'a' in d
'zz' in d
3 in (1, 2, 3)
2 in range(3)
'a' in d.keys()
2 in d.values()
undefined_thing in l
'x' in undefined_thing
not none
not []
not 'a'
1 and 0 and 2
1 and 2
0 or '' or none
0 or 'x' or 'y'
true and not false
'yes' if t else 'no'
'yes' if z else 'no'
'yes' if z
'a' if z else 'b' if z else 'c'
1 if 0 else 2 if 1 else 3
not t == z
not (t and z)
""")
# Members, slices, methods.
cases += expressions(r"""
d.a
d['a']
d.missing
d['missing']
d['items']
d.items() | list
d.keys() | list
d.values() | list
d.keys()
d.items()
d.get('a')
d.get('q')
d.get('q', 'default')
d.nested.k.4
d.nested['k'][-1]
l[0]
l[-1]
l[10]
l.0
l[1:]
l[:-1]
l[::-1]
l[::2]
l[5:]
l[-100:100]
s[0]
s[-1]
s[1:4]
s[::-1]
s[::3]
s[100]
u[1:7]
u[-2:]
u | length
(1, 2, 3)[1:]
range(10)[2]
range(5) | list
range(2, 10, 3) | list
range(5, 0, -2) | list
range(3)
range(1, 9, 2)
messages[0].role
messages[0]['content']
messages[3].content[0].text
messages[1:] | length
messages[::-1] | map(attribute='role') | list
messages | length
s.upper()
s.lower()
s.title()
s.capitalize()
s.swapcase()
u.upper()
u.lower()
u.title()
"it's a dog's".title()
s.split(',')
s.split(', ')
s.split('l')
s.split('l', 1)
s.rsplit('l', 1)
' a  b c '.split()
' a  b c '.split(none, 1)
' a  b c '.rsplit(none, 1)
'a,b,,c'.split(',')
''.split(',')
''.split()
'abc'.split('')[0:1]
'aXbXc'.split('X', maxsplit=1)
'a\nb\r\nc\n\nd'.splitlines()
'a\nb\n'.splitlines(true)
'  x '.strip() ~ '|'
'  x '.lstrip() ~ '|'
'  x '.rstrip() ~ '|'
'xxaxx'.strip('x')
'abcab'.strip('ab')
'\u00a0\u3000x\u2003'.strip()
'<think>a</think>'.lstrip('<think>')
s.startswith('Hell')
s.startswith(('x', 'H'))
s.endswith('World')
s.endswith(('a', 'b'))
s.startswith('ello', 1)
s.endswith('ell', 0, 4)
s.find('o')
s.find('o', 5)
s.rfind('o')
s.find('zz')
s.index('W')
s.count('l')
s.count('')
u.find('😀')
u.rfind('e')
s.replace('l', 'L')
s.replace('l', 'L', 1)
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
'aaa'.replace('aa', 'b')
', '.join(['a', 'b'])
''.join(s.split())
'abc'.isalpha()
'ab1'.isalnum()
'12'.isdigit()
'½'.isnumeric()
'²'.isdigit()
'²'.isdecimal()
' \t'.isspace()
'Abc'.istitle()
'abc'.islower()
'ABC1'.isupper()
'abc'.center(9, '*')
'ab'.center(5)
'abc'.center(6, '-')
'abc'.ljust(5) ~ '|'
'abc'.rjust(5)
'-42'.zfill(6)
'a=b=c'.partition('=')
'a=b=c'.rpartition('=')
'abc'.partition('=')
'prefix-x'.removeprefix('prefix-')
'x-suffix'.removesuffix('-suffix')
'a\tb'.expandtabs(4)
'straße'.upper()
'ǆ'.title()
'ŒUVRE'.capitalize()
l.index(2)
l.count(1)
l.copy()
d.copy() == d
[1, 2, 1].count(1)
""")
# Tests.
cases += expressions(r"""
s is string, n is string
d is mapping, l is mapping
l is sequence, d is sequence, s is sequence, n is sequence, undefined_thing is sequence
l is iterable, d is iterable, n is iterable, undefined_thing is iterable
n is number, f is number, t is number, s is number
n is integer, t is integer, f is float, n is float
t is boolean, n is boolean
t is true, 1 is true, z is none, undefined_thing is none
undefined_thing is defined, s is defined, d.q is defined, d.a is not undefined
n is odd, n is even, n is divisibleby 7, n is divisibleby(5)
n is eq 42, n is ne 42, n is gt 41, n is lt 41, n is ge 42, n is le 41
1 is in l, 1 is in [2], 'a' is in d
range is callable, s is callable, undefined_thing is callable
'abc' is lower, 'ABC' is upper
'upper' is filter, 'nofilter' is filter, 'odd' is test, 'noodd' is test
none is sameas none, true is sameas true, 1 is sameas true
d.items() is iterable, d.items() is sequence, (l | map('string')) is sequence
not n is odd
n is not odd and s is string
n is number and n > 40
""")
# Filters.
cases += expressions(r"""
d | tojson
d | tojson(indent=2)
d | tojson(indent=4, sort_keys=true)
d | tojson(separators=(',', ':'))
u | tojson
u | tojson(ensure_ascii=true)
['\x7f\x1f/"\\', 1.0, 1e20, 1e-9, none, true, (1, 2), {}, [], {1: 2, none: 3, true: 4}] | tojson
[[], {}, [[]], {'a': {}}] | tojson(indent=2)
messages | tojson
'x' | tojson
' x ' | trim ~ '|'
'xxaxx' | trim('x')
s | upper
s | lower
'hello world-foo (bar' | title
'hELLO' | capitalize
s | length, l | length, d | length, '' | count
l | join
l | join(', ')
people | join(', ', attribute='name')
[1, none, 'a', true] | join('-')
l | list, s | list, d | list, (1, 2) | list
l | first, l | last, s | first, s | last, d | first
empty | first, empty | last
empty | first is defined
people | map(attribute='name') | list
people | map(attribute='city.name') | join(' ')
people | map(attribute='zip', default='?') | list
['a', 'b'] | map('upper') | list
['  a', 'b '] | map('trim') | join('|')
[1.234, 5.678] | map('round', 1) | list
people | selectattr('age', 'equalto', 31) | map(attribute='name') | list
people | selectattr('age', '>', 30) | list | length
people | selectattr('zip') | list
people | selectattr('zip', 'defined') | list
people | rejectattr('age', 'eq', 31) | map(attribute='name') | list
people | rejectattr('name') | list
people | selectattr('name', 'in', ['Zoe', 'Bob']) | map(attribute='age') | list
l | select('odd') | list
l | reject('odd') | list
[0, 1, '', 'a', none] | select | list
[0, 1, '', 'a', none] | reject | list
l | select('gt', 1) | list
none | selectattr('x') | list
l | sort
l | sort(reverse=true)
['b', 'A', 'c'] | sort
['b', 'A', 'c'] | sort(case_sensitive=true)
people | sort(attribute='age') | map(attribute='name') | list
people | sort(attribute='age,name') | map(attribute='name') | list
people | sort(attribute='age', reverse=true) | map(attribute='name') | list
[1, 'a', 1.0, 'A', true] | unique | list
['b', 'a', 'B'] | unique(case_sensitive=true) | list
l | reverse | list, s | reverse, d | reverse | list
s | replace('o', '0'), s | replace('o', '0', 1), n | replace(4, 5)
undefined_thing | default('x'), '' | default('x'), '' | default('x', true), z | default('x'), z | d('y', true), undefined_thing | default
d.q | default({}) | length
d | items | list
undefined_thing | items | list
d | dictsort
d | dictsort(true)
d.nested | dictsort
{'b': 1, 'a': 2} | dictsort(by='value')
{'b': 1, 'a': 2} | dictsort(reverse=true)
n | string ~ '', l | string, z | string
'42' | int, '4.7' | int, 'x' | int, 'x' | int(7), 3.99 | int, true | int, '0x1f' | int(base=16), ' 12 ' | int, '1_000' | int, none | int, '-5' | int
'4.5' | float, 'x' | float, 3 | float, 'x' | float(1.5), '1e3' | float, 'inf' | float
-5 | abs, -2.5 | abs, 5 | abs
2.5 | round, 3.5 | round, 2.567 | round(2), 2.567 | round(1, 'floor'), 2.512 | round(1, 'ceil'), 42 | round, 1234.5 | round(-2), 0.125 | round(2), 2.675 | round(2), -2.5 | round
'a\nb\n\nc' | indent
'a\nb\n\nc' | indent(2, true)
'a\nb\n\nc' | indent('> ', first=true, blank=true)
'a\nb\n' | indent(2) ~ '|'
'<a href="x">&\'' | escape
'<b>' | e ~ '<i>'
('<b>' | safe) ~ '<i>'
('<b>' | safe) + '<i>'
'<i>' + ('<b>' | e)
('<b>' | safe) | string
('<b>' | safe) | tojson
('x' | safe) is string, ('x' | safe) == 'x', ('x' | safe).upper() + '<'
'<b>' | forceescape
'a b/c?d=é&' | urlencode
{'a': 'x y', 'b': '/'} | urlencode
people | groupby('age') | map('first') | list
people | groupby('city.name') | map('last') | map('length') | list
l | min, l | max, l | sum, ['b', 'A'] | min, empty | max, people | sum(attribute='age')
people | min(attribute='age'), people | map(attribute='age') | max
[1, 2, 3, 4, 5] | batch(2) | list
[1, 2, 3, 4, 5] | batch(2, 'x') | list
[1, 2, 3, 4, 5] | slice(3) | list
[1, 2, 3, 4, 5] | slice(3, 'x') | list
'one two  three' | wordcount
'foo bar baz qux' | truncate(9), 'foo bar baz qux' | truncate(9, true), 'foo bar baz qux' | truncate(11), 'foo bar' | truncate(5, leeway=0)
'abc' | center(9) ~ '|'
'%s-%s' | format('a', 'b')
'%(x)s' | format(x=1)
d | attr('a') is defined, s | attr('upper') is defined
l | map('string') | join | int + 1
-5 | abs | string | length
-l[0] | abs
s | list | length
(1, 'a') | join, ('a',) | first
d | map('upper') | list
d.values() | select('integer') | list
""")
# Functions and names.
cases += expressions(r"""
dict(a=1, b=2)
dict({'x': 1}, y=2)
dict([['k', 'v']])
namespace(a=1).a
strftime_now('%Y-%m-%d %H:%M:%S')
strftime_now('%d %b %Y') ~ strftime_now('|%A %B %j %I %p %y %-d %e %a %%|%U %W %w %u %F %T')
loop
lipsum is callable
bos_token + messages[0]['role'] + eos_token
0x1F + 0b11 + 0o17 + 1_000
'a' 'b' "c"
'\u00e9\x41\101\n\t\\'
"\d\q"
[1, 2, 3,]
{'a': 1,}
{'a': 1, 'a': 2}
{1: 'x', 1.0: 'y', true: 'z'}
{(1, 2): 'p'}[(1, 2)]
(1)
(1,)
()
1, 2
{'{{': '}}'}['{{']
"}}"
'%}'
-1 | abs
+5
- -5
not not t
[[1, 2], [3]][0][1]
{'a': {'b': [10, 20]}}.a.b[1]
'a'.upper().lower()
(s | upper).lower()
s.upper() | lower
[1, 2, 3] | length > 2
1 + 1 | string | length
'a' ~ 'b' | upper
n - 2 ~ 'x'
2 * 'a' ~ 'b'
messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | first
messages[-1].content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join
(messages | last).role
[d.a, d.b] == [1, 2]
""")
# Statements.
cases += [
    "{% for m in messages %}{{ m.role }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for m in messages %}\n{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}"
    "{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}\n{% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }};{% endfor %}",
    "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for x in l %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }}{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }}{{ loop.last }} {% endfor %}",
    "{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in [] %}x{% else %}empty{% endfor %}",
    "{% for x in undefined_thing %}x{% else %}empty{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}",
    "{% for k in d %}{{ k }}{% endfor %}",
    "{% for a, (b, c) in [[1, [2, 3]], [4, [5, 6]]] %}{{ a }}{{ b }}{{ c }} {% endfor %}",
    "{% for c in 'añ😀' %}[{{ c }}]{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for y in l %}{% if y == 1 %}{% break %}{% endif %}{{ x }}{{ y }} {% endfor %}{% endfor %}",
    "{% for x in range(3) %}{% set y = x %}{% endfor %}{{ y is defined }}",
    "{% set y = 1 %}{% for x in range(3) %}{{ y }}{% set y = x + 10 %}{{ y }}{% endfor %}{{ y }}",
    "{% set ns = namespace(n=0, found=false) %}{% for x in l %}{% set ns.n = ns.n + x %}{% if x == 1 %}"
    "{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.n }} {{ ns.found }} {{ ns['n'] }} {{ ns.q }}",
    "{% set ns = namespace(f=true) %}{% for x in l if ns.f %}{{ x }}{% set ns.f = false %}{% endfor %}",
    "{% for x in tree recursive %}{{ x.n }}{{ loop.depth }}({{ loop(x.kids) }}){% endfor %}",
    "{% for x in l | reverse %}{{ x }}{{ loop.length if false }}{{ loop.last }}{% endfor %}",
    "{% for x in l | map('string') %}{{ x }}{{ loop.last }}{{ loop.length }}{% endfor %}",
    "{% set g = l | map('string') %}{{ g | first }}{{ g | list }}{{ g | list }}",
    "{% set i = d.items() %}{{ i | list | length }}{{ i | list | length }}{{ i | length }}",
    "{% if l %}a{% elif d %}b{% else %}c{% endif %}",
    "{% if empty %}a{% elif d %}b{% else %}c{% endif %}",
    "{% if empty %}a{% elif z %}b{% else %}c{% endif %}",
    "{% if x is defined and x.y %}a{% else %}b{% endif %}",
    "{% if true %}{% set v = 5 %}{% endif %}{{ v }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set (a, b) = [1, 2] %}{{ a }}{{ b }}",
    "{% set x = 1, 2 %}{{ x }}",
    "{% set x %}a{{ n }}b{% endset %}{{ x }}|{{ x is string }}",
    "{% set x | upper | replace('A', 'x') %}a{{ n }}b{% endset %}{{ x }}",
    "{% macro f(a, b='B', c=none) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ f(1) }}{{ f(1, 2) }}{{ f(a=3, c=4) }}{{ f() }}",
    "{% macro f(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}",
    "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}",
    "{% macro f(x) %}<{{ caller() }}{{ x }}>{% endmacro %}{% call f(1) %}body{{ n }}{% endcall %}",
    "{% macro f(xs) %}{% for x in xs %}{{ caller(x, loop.index) }}{% endfor %}{% endmacro %}"
    "{% call(x, i) f(l) %}{{ i }}:{{ x }} {% endcall %}",
    "{% macro f() %}{{ caller is defined }}{% endmacro %}{{ f() }}{% call f() %}{% endcall %}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% macro f() %}{{ y }}{% endmacro %}{% set y = 1 %}{{ f() }}{% set y = 2 %}{{ f() }}",
    "{% macro f() %}{% set y = 9 %}{{ y }}{% endmacro %}{% set y = 1 %}{{ f() }}{{ y }}",
    "{% for x in l %}{% macro f() %}{{ x }}{% endmacro %}{{ f() }}{% endfor %}",
    "{% macro f() %}a{% endmacro %}{{ f.name }}{{ f() | length }}{{ f() ~ 'b' }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(*[1]) }}{{ f(**{'a': 2}) }}",
    "{% macro f(a) %}  x\n  {{ a }}\n{% endmacro %}{{ f(1) }}|",
    "{% filter upper %}abc{{ s }}{% endfilter %}",
    "{% filter replace('a', 'b') | trim %} aaa {% endfilter %}",
    "{% with x = 1, y = 2 %}{{ x }}{{ y }}{% endwith %}{{ x }}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}",
    "{% block content %}{{ n }}{% endblock %}",
    "{% generation %}{{ s }}{% set q = 1 %}{% endgeneration %}{{ q is defined }}",
    "{% raw %}{{ not }} {% this %}{% endraw %}",
    "a {%- raw -%}  {{ x }}  {%- endraw -%}  b",
    "  {% raw %}\n  {{ x }}\n  {% endraw %}\nb",
    "{% set j = joiner(', ') %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{% set _ = c.reset() %}{{ c.current }}",
    "{# comment #}a{#- b -#}  c {#\n multi #}\nd",
    "  {# comment #}\nx",
    "a\n  {% if true %}\n  b\n  {% endif %}\nc\n",
    "a\n  {%- if true -%}\n  b\n  {%- endif -%}\nc\n",
    "a\n  {%+ if true +%}\n  b\n  {%+ endif %}\nc",
    "a  {{- s -}}  b\n  {{ s }}\n  c\n\n",
    "a {% if true %} b {% endif %} c",
    "\r\na\rb\r\n{{ s }}\r\n",
    "{% if true %}\n\n  x{% endif %}\n{% if true %}   {% endif %}y",
    "{{ s }}\n",
    "\n",
    "",
    "{{-1}}",
    "x {{- 1 }}",
    "{% set x = {'a': {'b': 1}} %}{{ x.a.b }}{{ {'a': {'b': 2}}['a']['b'] }}",
    "{% for m in messages %}{% if m.content is string %}{{ m.content | trim }}{% else %}"
    "{% for p in m.content %}{{ p.type }}{{ p.text }}{% endfor %}{% endif %};{% endfor %}",
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 1) %}bad{% else %}ok{% endif %}{% endfor %}",
    "{%- for message in messages %}{{- '<|' + message.role + '|>' -}}\n{%- endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}",
    "{% set range = 5 %}{{ range }}",
    "{% set x = x | default(3) %}{{ x }}",
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = "
    "messages[0]['content'] %}{% endif %}{{ system_message }}{{ loop_messages | length }}",
    "{% for x in l -%}\n  {{ x }}\n{%- endfor %}",
    "{% if n == 42: %}colon{% endif %}",
    "{% for i in range(0, 10, 4): %}{{ i }}{% endfor %}",
]
# Errors: the kind is compared, not the words.
cases += expressions(r"""
undefined_thing.x
undefined_thing[0]
undefined_thing + 1
undefined_thing < 1
undefined_thing()
d.missing.x
1 + 'a'
'a' + 1
'a' + none
1 < 'a'
none < 1
[1] + (1,)
'a' - 'b'
1 / 0
1 % 0
1 // 0
'a' in 5
5 in 'abc'
none | length
5 | length
5 | list
none | items | list
l | map('string') | length
l | map('string') | tojson
undefined_thing | tojson
d.items() | tojson
range(3) | tojson
s()
d.nope()
s.nope()
l.append(4)
d.update({})
d.pop('a')
''.join([1])
'%d' % 'a'
'%s %s' % (1,)
'{}'.format()
'abc'.index('z')
raise_exception('Stop here')
{[1]: 2}
{}[[1]]
l | sort(attribute='x.y.z')
[1, 'a'] | sort
range(1000000)
undefined_thing | int
-none
-'a'
l | map('string') | last
'abc'.split('')
""")
cases += [
    "{% for x in 5 %}{% endfor %}",
    "{% for x in none %}{% endfor %}",
    "{% for a, b in [1] %}{% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{% endfor %}",
    "{% set d.x = 1 %}",
    "{% set nothing.x = 1 %}",
    "{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}",
    "{% macro f(a) %}{% endmacro %}{{ f(b=2) }}",
    "{% if x.y %}{% endif %}",
    "{{ raise_exception('a') if false }}ok",
    "{% if false %}{{ undefined_thing.x.y }}{% endif %}ok",
]
# Syntax errors.
cases += [
    "{% if x %}",
    "{% for x in l %}{% endif %}",
    "{% endif %}",
    "{{ x",
    "{{ 'abc }}",
    "{% set x = %}",
    "{{ 1 + }}",
    "{{ (1 }}",
    "{{ [1, 2 }}",
    "{{ x.}}",
    "{% nope %}",
    "{# open",
    "{% raw %}x",
    "{{ a b }}",
    "{% set true = 1 %}",
    "{{ 1 is }}",
    "{{ f(a=1, 2) }}",
    "{{ x ! y }}",
    "{{ }}",
    "{% for in l %}{% endfor %}",
    "{% macro %}{% endmacro %}",
]

goldens = []
for source in dict.fromkeys(cases):
    golden = {"template": source}
    try:
        golden["text"] = environment.from_string(source).render(**context)
    except Exception as error:  # any failure is a golden
        golden["error"] = type(error).__name__
    goldens.append(golden)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens.json")
with open(path, "w", encoding="utf-8") as file:
    json.dump(
        {"now": "2026-11-01T09:05:07", "context": context, "goldens": goldens},
        file, ensure_ascii=False, indent=1,
    )
    file.write("\n")
errors = sum("error" in golden for golden in goldens)
print(len(goldens), "goldens,", errors, "of them errors")
