/** Why a graph is not a tree ensemble that the kernel understands; the message is shown to people. */
export class NotAnEnsemble extends Error {}
