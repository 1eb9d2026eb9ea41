export { samplePicture as default } from './sample-picture.ts';
