/** The appliance's services, by the names of their units. */
export const SERVICES = ["supervisor", "agent", "admin", "collector"] as const;
export type Service = (typeof SERVICES)[number];

export function unitOf(service: Service): string {
  return `berth-${service}.service`;
}
