import protobuf from 'protobufjs';

/** The part of ONNX' schema that the test models need, with the public field numbers. */
const schema = protobuf.parse(
  `
  syntax = "proto3";
  message Attribute {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; Tensor t = 5; Graph g = 6;
    repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; int32 type = 20;
  }
  message Node {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated Attribute attribute = 5; string domain = 7;
  }
  message Tensor {
    repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; repeated int32 int32_data = 5;
    repeated int64 int64_data = 7; string name = 8;
  }
  message Dimension { int64 dim_value = 1; string dim_param = 2; }
  message Shape { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Type { TensorType tensor_type = 1; }
  message Value { string name = 1; Type type = 2; }
  message Graph {
    repeated Node node = 1; string name = 2; repeated Tensor initializer = 5;
    repeated Value input = 11; repeated Value output = 12;
  }
  message OperatorSet { string domain = 1; int64 version = 2; }
  message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated OperatorSet opset_import = 8; }
`,
  { keepCase: true },
).root;

export type Attribute = { readonly name: string; readonly type: number } & Readonly<Record<string, unknown>>;
export type Node = Readonly<Record<string, unknown>>;
export type Tensor = { readonly name: string } & Readonly<Record<string, unknown>>;
export type Value = Readonly<Record<string, unknown>>;

export interface Graph {
  readonly node: readonly Node[];
  readonly initializer?: readonly Tensor[];
  readonly input: readonly Value[];
  readonly output: readonly Value[];
}

export const FLOAT = 1;
export const INT64 = 7;
export const BOOL = 9;
export const DOUBLE = 11;

/** The bytes of a model file. */
export function encodeModel(graph: Graph): Uint8Array {
  const type = schema.lookupType('Model');
  const model = {
    ir_version: 8,
    producer_name: 'gauntlet-test',
    graph: { ...graph, name: 'graph' },
    opset_import: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
  };
  return type.encode(type.fromObject(model)).finish();
}

export function node(op: string, input: readonly string[], output: readonly string[], rest: Node = {}): Node {
  return { op_type: op, name: `${op}-${output.join('-')}`, input, output, ...rest };
}

/** A tensor value; a text dimension is an open one. */
export function value(name: string, elementType: number, shape: readonly (number | string)[]): Value {
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementType, shape: { dim } } } };
}

export function floats(name: string, dims: readonly number[], data: readonly number[]): Tensor {
  return { name, dims, data_type: FLOAT, float_data: data };
}

export function int64s(name: string, dims: readonly number[], data: readonly (number | string)[]): Tensor {
  return { name, dims, data_type: INT64, int64_data: data };
}

export function bool(name: string, flag: boolean): Tensor {
  return { name, dims: [], data_type: BOOL, int32_data: [flag ? 1 : 0] };
}

export const attribute = {
  float: (name: string, f: number): Attribute => ({ name, type: 1, f }),
  int: (name: string, i: number): Attribute => ({ name, type: 2, i }),
  text: (name: string, s: string): Attribute => ({ name, type: 3, s: Buffer.from(s) }),
  graph: (name: string, g: Graph): Attribute => ({ name, type: 5, g: { ...g, name } }),
  floats: (name: string, values: readonly number[]): Attribute => ({ name, type: 6, floats: values }),
  ints: (name: string, values: readonly number[]): Attribute => ({ name, type: 7, ints: values }),
  texts: (name: string, values: readonly string[]): Attribute => ({
    name,
    type: 8,
    strings: values.map((text) => Buffer.from(text)),
  }),
};
