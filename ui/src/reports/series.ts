/** Which colour has a series of a chart? */

const COLOURS = ['--bar', '--hue-security', '--hue-entra', '--hue-exchange', '--hue-power', '--hue-sharepoint', '--hue-teams', '--hue-other']

/** More series than colours begin again; the order in the bar and the titles still tell them apart. */
export function colour(series: number): string {
  return `var(${COLOURS[series % COLOURS.length] ?? '--bar'})`
}
