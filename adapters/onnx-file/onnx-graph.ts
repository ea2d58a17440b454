import { nextField, openField, openMessage, pushFloats, pushIntegers, readText, type FieldCursor } from './protobuf.js';

/** An attribute of a node, whatever its type: only the lists that it has are filled. */
export interface OnnxAttribute {
  readonly integers: readonly number[];
  readonly floats: readonly number[];
  readonly texts: readonly string[];
  /** True for tensors, graphs and references, of which only their presence is known. */
  readonly isOther: boolean;
}

export interface OnnxNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** A constant of the graph. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  /** Whole numbers of a short constant; null when it is of another type or not kept inside the file. */
  readonly integers: readonly number[] | null;
  /** float32 numbers, read when they are asked for; null when it is of another type or not kept inside the file. */
  readonly readFloats: () => readonly number[] | null;
}

export interface OnnxTensorType {
  readonly name: string;
  /** ONNX's number of the element type; 0 when it is no tensor. */
  readonly elementType: number;
  /** Null for an open dimension. */
  readonly shape: readonly (number | null)[];
}

/** The parts of a model file by which a linear model or a tree ensemble is recognised. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxTensorType[];
  readonly outputs: readonly string[];
}

const FLOAT32 = 1;
const INT64 = 7;
/** A constant that matters here has a handful of numbers; a long one is the weights of something else. */
const MAX_RAW_BYTES = 64;

/** Reads a model file. Throws an error with a plain reason when it is none. */
export function readOnnxGraph(bytes: Uint8Array): OnnxGraph {
  const model = openMessage(bytes);
  let graph: OnnxGraph | null = null;
  while (nextField(model)) if (model.number === 7 && model.wire === 2) graph = readGraph(openField(model));
  if (graph === null) throw new Error('there is no graph in it');
  return graph;
}

function readGraph(field: FieldCursor): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const constants = new Map<string, OnnxTensor>();
  const inputs: OnnxTensorType[] = [];
  const outputs: string[] = [];
  while (nextField(field)) {
    if (field.number === 1) nodes.push(readNode(openField(field)));
    else if (field.number === 5) {
      const { name, tensor } = readTensor(openField(field));
      constants.set(name, tensor);
    } else if (field.number === 11) inputs.push(readValueInfo(openField(field)));
    else if (field.number === 12) outputs.push(readValueInfo(openField(field)).name);
  }
  return { nodes, constants, inputs, outputs };
}

function readNode(field: FieldCursor): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let operator = '';
  let domain = '';
  while (nextField(field)) {
    if (field.number === 1) inputs.push(readText(field));
    else if (field.number === 2) outputs.push(readText(field));
    else if (field.number === 4) operator = readText(field);
    else if (field.number === 7) domain = readText(field);
    else if (field.number === 5) {
      const { name, attribute } = readAttribute(openField(field));
      attributes.set(name, attribute);
    }
  }
  return { operator, domain, inputs, outputs, attributes };
}

function readAttribute(field: FieldCursor): { readonly name: string; readonly attribute: OnnxAttribute } {
  const integers: number[] = [];
  const floats: number[] = [];
  const texts: string[] = [];
  let name = '';
  let isOther = false;
  while (nextField(field)) {
    if (field.number === 8 || field.number === 3) pushIntegers(field, integers);
    else if (field.number === 7 || field.number === 2) pushFloats(field, floats);
    else if (field.number === 9 || field.number === 4) texts.push(readText(field));
    else if (field.number === 1) name = readText(field);
    else if (field.number !== TYPE_OF_ATTRIBUTE && field.number !== DOCUMENTATION) isOther = true;
  }
  return { name, attribute: { integers, floats, texts, isOther } };
}

const TYPE_OF_ATTRIBUTE = 20;
const DOCUMENTATION = 13;

function readTensor(field: FieldCursor): { readonly name: string; readonly tensor: OnnxTensor } {
  const { bytes, at, end } = field;
  const shape: number[] = [];
  const integers: number[] = [];
  let name = '';
  let elementType = 0;
  let isElsewhere = false;
  while (nextField(field)) {
    if (field.number === 1) pushIntegers(field, shape);
    else if (field.number === 2) elementType = field.value;
    else if (field.number === 7) pushIntegers(field, integers);
    else if (field.number === 8) name = readText(field);
    else if (field.number === 9) pushRawIntegers(field, integers);
    else if (field.number === 13 || (field.number === 14 && field.value !== 0)) isElsewhere = true;
  }
  const isHere = (type: number) => elementType === type && !isElsewhere;
  const readFloats = () => (isHere(FLOAT32) ? readFloatData(openMessage(bytes, at, end)) : null);
  return { name, tensor: { shape, integers: isHere(INT64) ? integers : null, readFloats } };
}

/** Numbers stand in a list of their own or as raw little-endian bytes. */
function readFloatData(tensor: FieldCursor): readonly number[] {
  const numbers: number[] = [];
  while (nextField(tensor)) if (tensor.number === 4 || tensor.number === 9) pushFloats(tensor, numbers);
  return numbers;
}

function pushRawIntegers({ view, start, stop }: FieldCursor, into: number[]): void {
  const end = Math.min(stop, start + MAX_RAW_BYTES);
  for (let at = start; at + 8 <= end; at += 8) into.push(Number(view.getBigInt64(at, true)));
}

function readValueInfo(field: FieldCursor): OnnxTensorType {
  let name = '';
  let type: Omit<OnnxTensorType, 'name'> = { elementType: 0, shape: [] };
  while (nextField(field)) {
    if (field.number === 1) name = readText(field);
    else if (field.number === 2) type = readType(openField(field));
  }
  return { name, ...type };
}

function readType(field: FieldCursor): Omit<OnnxTensorType, 'name'> {
  let elementType = 0;
  let shape: readonly (number | null)[] = [];
  while (nextField(field)) {
    if (field.number !== 1) continue;
    const tensor = openField(field);
    while (nextField(tensor)) {
      if (tensor.number === 1) elementType = tensor.value;
      else if (tensor.number === 2) shape = readShape(openField(tensor));
    }
  }
  return { elementType, shape };
}

function readShape(field: FieldCursor): readonly (number | null)[] {
  const shape: (number | null)[] = [];
  while (nextField(field)) {
    const dimension = openField(field);
    let size: number | null = null;
    while (nextField(dimension)) if (dimension.number === 1 && dimension.wire === 0) size = dimension.value;
    shape.push(size);
  }
  return shape;
}
