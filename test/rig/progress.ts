export { formatBytes, formatElapsed, Progress, type StepReport } from "../../image/progress.ts";
