/**
 * How a provider does something: the store does it itself, atomically (`native`); the provider makes it up from other
 * operations, with the limits that its documentation states (`emulated`); or it can't (`absent`), and an option that
 * asks for it is refused with `Unsupported`.
 */
export type Support = 'native' | 'emulated' | 'absent';

/** What a provider can do. A probe of the actual store may know better than the declared values. */
export interface Capabilities {
  /** `upload` with the condition `absent`. Live migration requires it. */
  readonly conditionalCreate: Support;
  /** The same for files large enough to be sent in parts. */
  readonly conditionalCreateInParts: Support;
  /** `upload` with the condition `match`. */
  readonly conditionalUpdate: Support;
  /** `delete` with the condition `match`. */
  readonly conditionalDelete: Support;
  /** `copy` with a condition on the destination. */
  readonly conditionalCopy: Support;
  /** Content type, cache and disposition headers, and metadata are stored with the file. */
  readonly metadata: Support;
  readonly tags: Support;
  /** Large uploads are made of parts, which can be left behind by a crash; see {@link MultipartUploads}. */
  readonly multipart: Support;
  /** Copying without the bytes passing through this process. */
  readonly serverSideCopy: Support;
}

/** Names of {@link Capabilities}. */
export type Capability = keyof Capabilities;
