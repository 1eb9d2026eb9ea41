import { useServer } from './store.js';
import { ticketTests } from './tickets.js';

const tests = useServer();
const storage = () => tests.storage();

ticketTests(storage, { everything: true });
