/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  /** Letters and digits. */
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  /** In the policy of a bucket, and nowhere else. */
  readonly Principal?: { readonly AWS: string };
  readonly Action: readonly string[];
  /** ARNs. */
  readonly Resource?: readonly string[];
  /** All but these. */
  readonly NotResource?: readonly string[];
  readonly Condition?: PolicyConditions;
}

/** By operator, by key. */
export type PolicyConditions = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;
