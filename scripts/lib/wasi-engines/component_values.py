"""
Values of the component model as JSON has them: a list<u8> is a list of numbers, an option its value or null (an option
within an option {"some": value} or null), a record an object by its field names, a tuple a list, an enum a string,
flags a list of strings, a result {"ok": value} or {"err": value}, any other variant {case: value}, and a resource
{"resource": n}, the n-th that the component gave.
"""

from wasmtime.component import (
    F32, F64, U8, BorrowType, FlagsType, ListType, OptionType, OwnType, Record, RecordType, ResultType, TupleType,
    Variant, VariantType,
)


def cases_of(kind):
    """The cases of an option, a result or another variant: names and their types, None for a case without a value."""
    if isinstance(kind, OptionType):
        return {'none': None, 'some': kind.payload}
    if isinstance(kind, ResultType):
        return {'ok': kind.ok, 'err': kind.err}
    return dict(kind.cases)


def classes_of(kind):
    """The Python classes of a type's values."""
    classes = set()
    if kind is None:
        classes.add(object)
    else:
        kind.add_classes(classes)
    return classes


def is_tagged(cases):
    """Whether the package tells the cases apart by name; otherwise their values differ in class and stand alone."""
    seen = set()
    for kind in cases.values():
        classes = classes_of(kind)
        if classes & seen:
            return True
        seen |= classes
    return False


def case_of(cases, value):
    """The name of the case that an untagged value is of."""
    for name, kind in cases.items():
        if value is None if kind is None else isinstance(value, tuple(classes_of(kind))):
            return name
    raise TypeError(f'{value!r} is of none of the cases {", ".join(cases)}')


def from_json(kind, value, resources):
    """The package's value of a type for one from JSON."""
    if isinstance(kind, (F32, F64)):
        return float(value)
    if isinstance(kind, ListType):
        return bytes(value) if isinstance(kind.element, U8) else [from_json(kind.element, v, resources) for v in value]
    if isinstance(kind, TupleType):
        return tuple(from_json(k, v, resources) for k, v in zip(kind.elements, value, strict=True))
    if isinstance(kind, FlagsType):
        return set(value)
    if isinstance(kind, (OwnType, BorrowType)):
        return resources[value['resource']]
    if isinstance(kind, RecordType):
        record = Record()
        for name, field in kind.fields:
            setattr(record, name, from_json(field, value[name], resources))
        return record
    if isinstance(kind, (OptionType, ResultType, VariantType)):
        cases = cases_of(kind)
        tagged = is_tagged(cases)
        if isinstance(kind, OptionType) and not (tagged and value):
            name, inner = ('none', None) if value is None else ('some', value)
        else:
            [(name, inner)] = value.items()
        payload = None if cases[name] is None else from_json(cases[name], inner, resources)
        return Variant(name, payload) if tagged else payload
    return value


def to_json(kind, value, resources):
    """A value of the package as JSON has it; resources are added to the list."""
    if isinstance(kind, ListType):
        return list(value) if isinstance(kind.element, U8) else [to_json(kind.element, v, resources) for v in value]
    if isinstance(kind, TupleType):
        return [to_json(k, v, resources) for k, v in zip(kind.elements, value)]
    if isinstance(kind, FlagsType):
        return sorted(value)
    if isinstance(kind, (OwnType, BorrowType)):
        resources.append(value)
        return {'resource': len(resources) - 1}
    if isinstance(kind, RecordType):
        return {name: to_json(field, getattr(value, name), resources) for name, field in kind.fields}
    if isinstance(kind, (OptionType, ResultType, VariantType)):
        cases = cases_of(kind)
        tagged = is_tagged(cases)
        name = value.tag if tagged else case_of(cases, value)
        inner = value.payload if tagged else value
        payload = None if cases[name] is None else to_json(cases[name], inner, resources)
        if isinstance(kind, OptionType) and (name == 'none' or not tagged):
            return payload
        return {name: payload}
    return value
