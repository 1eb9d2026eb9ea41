import sharp from 'sharp';

/** An SVG picture of a landscape, another one for each number. */
export function drawing(number: number): Buffer {
  return Buffer.from(landscape(number));
}

export function png(number: number): Promise<Buffer> {
  return sharp(drawing(number)).png({ compressionLevel: 3 }).toBuffer();
}

export function jpeg(number: number): Promise<Buffer> {
  return sharp(drawing(number)).jpeg({ quality: 85 }).toBuffer();
}

function landscape(number: number): string {
  const hue = (number * 47) % 360;
  const sun = 60 + ((number * 83) % 360);
  const hills = [0, 1, 2].map((layer) => {
    const y = 190 + layer * 35;
    const sway = ((number * (layer + 3) * 29) % 70) - 35;
    return `<path fill="hsl(${hue + layer * 18} 45% ${52 - layer * 13}%)" d="M0 ${y} Q120 ${y - 60 + sway} 240 ${y} T480 ${y - sway / 2} V320 H0 Z"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320" viewBox="0 0 480 320">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue + 180} 60% 72%)"/><stop offset="1" stop-color="hsl(${hue + 30} 80% 92%)"/></linearGradient></defs>
<rect width="480" height="320" fill="url(#sky)"/>
<circle cx="${sun}" cy="${70 + (number % 60)}" r="34" fill="hsl(${hue + 40} 95% 78%)"/>
${hills.join('\n')}
<text x="18" y="300" font-family="sans-serif" font-size="18" fill="#fff">No. ${number}</text>
</svg>
`;
}
