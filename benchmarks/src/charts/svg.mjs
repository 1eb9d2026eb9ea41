import { escaped } from '../../load/chart.mjs';

/** A file of its own, to be read on light and dark pages. */
export function svg(title, [width, height], parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escaped(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>
text { font: 12px system-ui, sans-serif; fill: #333; } .grid { stroke: #8884; } .range { stroke: #333; stroke-width: 1.5; } .line { fill: none; stroke-width: 2; }
@media (prefers-color-scheme: dark) { text { fill: #ddd; } .range { stroke: #ddd; } }
</style>
${parts.join('\n')}
</svg>
`;
}
