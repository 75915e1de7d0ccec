"""The innermost product: a strip of up to 6 rows times 16 lanes, all sums in registers.

    sums[r, l] += sum_k weights[k, r] * panel[k, l]        r < rows, l < 16

Emitted as LLVM vectors of eight floats: with AVX2 the twelve sums, two panel vectors and two weights fill the
sixteen registers, and each step of k is twelve multiply-adds for eight loads: the register tile of GotoBLAS and
BLIS (Van Zee & van de Geijn, ACM TOMS 41(3), 2015). LLVM splits the vectors on narrower machines. The order of
summation is that of k on every machine.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from methods.structured_tickets.inference.layout import LANES

WIDTH = 8
VECTORS = range(LANES // WIDTH)
_VECTOR = ir.VectorType(ir.FloatType(), WIDTH)
_INDEX = ir.IntType(64)


@intrinsic(prefer_literal=True)
def multiply_strip(
    typing: Any,
    rows: Any,
    weights: Any,
    weight_at: Any,
    panel: Any,
    panel_at: Any,
    sums: Any,
    sum_at: Any,
    depth: Any,
) -> Any:
    """Add a strip's product to its sums.

    Args:
        rows: a literal, 1 to 6.
        weights, panel, sums: contiguous float32 arrays; the strip is ``weights[weight_at:][:depth * rows]``,
            the panel ``panel[panel_at:][:depth * 16]``, the sums ``sums[sum_at:][:rows * 16]``.
        depth: steps of k, >= 1.
    """
    if not isinstance(rows, types.IntegerLiteral):
        return None
    height = rows.literal_value

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, weights, weight_at, panel, panel_at, sums, sum_at, depth = arguments
        of = signature.args
        weights = _address(context, builder, of[1], weights, weight_at)
        panel = _address(context, builder, of[3], panel, panel_at)
        sums = _address(context, builder, of[5], sums, sum_at)
        tile = [(row, vector) for row in range(height) for vector in VECTORS]
        homes = {(row, vector): builder.gep(sums, [_index(row * LANES + vector * WIDTH)]) for row, vector in tile}
        start = {at: _load(builder, homes[at]) for at in tile}
        before, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
        builder.branch(loop)

        builder.position_at_end(loop)
        k = builder.phi(_INDEX)
        running = {at: builder.phi(_VECTOR) for at in tile}
        step = builder.gep(panel, [builder.mul(k, _index(LANES))])
        lanes = [_load(builder, builder.gep(step, [_index(vector * WIDTH)])) for vector in VECTORS]
        column = builder.gep(weights, [builder.mul(k, _index(height))])
        spread = [_broadcast(builder, builder.gep(column, [_index(row)])) for row in range(height)]
        total = {
            (row, vector): _multiply_add(builder, spread[row], lanes[vector], running[row, vector])
            for row, vector in tile
        }
        following = builder.add(k, _index(1))
        builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
        for block, first, values in ((before, _index(0), start), (loop, following, total)):
            k.add_incoming(first, block)
            for at in tile:
                running[at].add_incoming(values[at], block)

        builder.position_at_end(after)
        for at in tile:
            _store(builder, total[at], homes[at])
        return context.get_dummy_value()

    index = types.int64
    return types.void(rows, weights, index, panel, index, sums, index, index), emit


@intrinsic
def copy_lanes(typing: Any, target: Any, target_at: Any, source: Any, source_at: Any) -> Any:
    """Copy ``source[source_at:][:16]`` to ``target[target_at:]``, contiguous float32 arrays."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, target_at, source, source_at = arguments
        target = _address(context, builder, signature.args[0], target, target_at)
        source = _address(context, builder, signature.args[2], source, source_at)
        for vector in VECTORS:
            at = [_index(vector * WIDTH)]
            _store(builder, _load(builder, builder.gep(source, at)), builder.gep(target, at))
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64), emit


@intrinsic
def fill_lanes(typing: Any, target: Any, target_at: Any, value: Any) -> Any:
    """Set ``target[target_at:][:16]``, a contiguous float32 array, to a float32 value."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, target_at, value = arguments
        target = _address(context, builder, signature.args[0], target, target_at)
        for vector in VECTORS:
            _store(builder, _spread(builder, value), builder.gep(target, [_index(vector * WIDTH)]))
        return context.get_dummy_value()

    return types.void(target, types.int64, types.float32), emit


@intrinsic
def rectify_lanes(typing: Any, target: Any, target_at: Any, source: Any, source_at: Any, relu: Any) -> Any:
    """Copy ``source[source_at:][:16]`` to ``target[target_at:]``; with `relu`, zero for what is below zero."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, target_at, source, source_at, relu = arguments
        target = _address(context, builder, signature.args[0], target, target_at)
        source = _address(context, builder, signature.args[2], source, source_at)
        zero = ir.Constant(_VECTOR, [0.0] * WIDTH)
        relu = builder.trunc(relu, ir.IntType(1)) if relu.type.width > 1 else relu
        for vector in VECTORS:
            at = [_index(vector * WIDTH)]
            value = _load(builder, builder.gep(source, at))
            rectified = builder.select(builder.fcmp_ordered("<", value, zero), zero, value)  # NaN stays NaN
            _store(builder, builder.select(relu, rectified, value), builder.gep(target, at))
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, types.boolean), emit


def _index(value: int) -> Any:
    return ir.Constant(_INDEX, value)


def _address(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [at])


def _load(builder: Any, address: Any) -> Any:
    return builder.load(builder.bitcast(address, _VECTOR.as_pointer()), align=4)


def _store(builder: Any, value: Any, address: Any) -> None:
    builder.store(value, builder.bitcast(address, _VECTOR.as_pointer()), align=4)


def _broadcast(builder: Any, address: Any) -> Any:
    return _spread(builder, builder.load(address, align=4))


def _spread(builder: Any, value: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH))


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.fmuladd.v8f32"), [a, b, c])
