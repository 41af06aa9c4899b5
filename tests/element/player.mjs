// Plays people with Element: a command a line on standard input, an answer or a report a line on
// standard output.
//
//   {"id": 1, "device": "sanne", "do": "send", "with": {...}}  ->  {"id": 1, "result": ...}
//                                                              or  {"id": 1, "error": "..."}
//   whatever a device sees                                     ->  {"device": "sanne", "kind": ...}
import { Console } from "node:console";
import { createInterface } from "node:readline";

// The library logs to standard output otherwise, between the answers. It takes the console as it is
// when it is loaded, so this comes first.
globalThis.console = new Console(process.stderr, process.stderr);
const { Device } = await import("./device.mjs");

const devices = new Map();
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function done({ device: name, do: what, with: given }) {
    if (what !== "login") return devices.get(name)[what](given);
    const report = (seen) => say({ device: name, ...seen });
    const { device, device_id } = await Device.login(given, report);
    devices.set(name, device);
    return device_id;
}

createInterface({ input: process.stdin })
    .on("line", async (line) => {
        const command = JSON.parse(line);
        try {
            say({ id: command.id, result: (await done(command)) ?? null });
        } catch (error) {
            say({ id: command.id, error: String(error?.stack ?? error) });
        }
    })
    .on("close", () => process.exit(0));
