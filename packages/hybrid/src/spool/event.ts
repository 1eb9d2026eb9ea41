import { eventChannel, type SpoolEvent } from '@org/storage-core';

const events = eventChannel('org.storage.spool');

export function isHeard(): boolean {
  return events.hasSubscribers;
}

export function publish(event: SpoolEvent): void {
  if (events.hasSubscribers) events.publish(event);
}
