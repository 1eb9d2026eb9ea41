/** As `UploadTicket` of `@org/storage-core`, with dates as JSON has them. */
export type Ticket = PutTicket | MultipartTicket;

interface PutTicket {
  readonly type: 'put';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MultipartTicket {
  readonly type: 'multipart';
  readonly parts: readonly TicketPart[];
}

export interface TicketPart {
  readonly number: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
}
