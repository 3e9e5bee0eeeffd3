"""
Runs Wasm on Wasmtime, from the package wasmtime: wasmtime-run.py <file with a request as JSON>. The answer, as JSON,
goes to descriptor 3.

  {"do": "run", "file": …, "args": [], "env": {}, "folder": null}
      runs a WASI command, a core module or a component, with this process's streams
      → {"exitCode": n} or {"trap": message}

  {"do": "call", "file": …, "calls": [{"interface": name or null, "function": name, "args": []}]}
      instantiates a component once and calls its exports in order; values are as component_values.py has them.
      {"drop": n} in place of a call gives the n-th resource back
      → a list of {"result": value} or {"trap": message} for each; it ends with the first trap, as the component
      cannot be entered again
"""

import json
import os
import sys

from component_values import from_json, to_json
from wasmtime import Config, Engine, ExitTrap, Linker, Module, Store, Trap, WasiConfig, WasmtimeError, component

ANSWER = 3


def message_of(error):
    """What stopped the program, without the stack."""
    text = str(error)
    causes = [line.strip() for line in text.split('\n') if 'wasm trap:' in line]
    return causes[-1].split('wasm trap:')[1].strip() if causes else text.strip()


def is_component(content):
    """A component's version field names layer 1."""
    return content[6:8] == b'\x01\x00'


def wasi_of(request):
    wasi = WasiConfig()
    wasi.argv = ['program', *request.get('args', [])]
    wasi.env = list(request.get('env', {}).items())
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    if request.get('folder') is not None:
        wasi.preopen_dir(request['folder'], '.')
    return wasi


def open_component(engine, store, content):
    linker = component.Linker(engine)
    linker.add_wasip2()
    return linker.instantiate(store, component.Component(engine, content))


def function_named(store, instance, name, interface):
    inside = None
    if interface is not None:
        inside = instance.get_export_index(store, interface)
        if inside is None:
            raise SystemExit(f'the component exports no interface {interface}')
    index = instance.get_export_index(store, name, inside)
    function = None if index is None else instance.get_func(store, index)
    if function is None:
        raise SystemExit(f'the component exports no function {name} in {interface}')
    return function


def open_command(engine, store, content):
    """What starts the command."""
    if is_component(content):
        instance = open_component(engine, store, content)
        names = component.Component(engine, content).type.exports(engine)
        interface = next(name for name in names if name.startswith('wasi:cli/run@'))
        return function_named(store, instance, 'run', interface)
    linker = Linker(engine)
    linker.define_wasi()
    return linker.instantiate(store, Module(engine, content)).exports(store)['_start']


def run(request, engine, store, content):
    store.set_wasi(wasi_of(request))
    start = open_command(engine, store, content)
    try:
        start(store)
    except ExitTrap as exit_trap:
        return {'exitCode': exit_trap.code}
    except (Trap, WasmtimeError) as error:
        return {'trap': message_of(error)}
    return {'exitCode': 0}


def call_one(store, instance, one, resources):
    """The result of a call as JSON has it, null if there is none."""
    if 'drop' in one:
        resources[one['drop']].drop(store)
        return None
    function = function_named(store, instance, one['function'], one.get('interface'))
    kind = function.type(store)
    values = [from_json(k, v, resources) for (_, k), v in zip(kind.params, one.get('args', []), strict=True)]
    result = function(store, *values)
    function.post_return(store)
    return None if kind.result is None else to_json(kind.result, result, resources)


def call(request, engine, store, content):
    store.set_wasi(wasi_of(request))
    instance = open_component(engine, store, content)
    answers = []
    resources = []
    for one in request['calls']:
        try:
            answers.append({'result': call_one(store, instance, one, resources)})
        except (Trap, WasmtimeError) as error:
            answers.append({'trap': message_of(error)})
            break
    return answers


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        request = json.load(file)
    with open(request['file'], 'rb') as file:
        content = file.read()
    engine = Engine(Config())
    store = Store(engine)
    answer = {'run': run, 'call': call}[request['do']](request, engine, store, content)
    os.write(ANSWER, json.dumps(answer).encode())


main()
