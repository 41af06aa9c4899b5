// One device of a person: matrix-js-sdk with its Rust crypto, set up as Element does it.
const sdk = await import("matrix-js-sdk");
const api = await import("matrix-js-sdk/lib/crypto-api/index.js");

// The recovery key of each person, as if kept on paper: a second device signs itself with it.
const recoveryKeys = new Map();

const passwordOf = (user, password) => ({
    type: "m.login.password",
    identifier: { type: "m.id.user", user },
    password,
});

const plain = (event) => ({
    id: event.getId(),
    room: event.getRoomId(),
    sender: event.getSender(),
    type: event.getType(),
    content: event.getContent(),
    // Decrypted content comes without the relation, which stands outside the seal.
    relation: event.getWireContent()["m.relates_to"] ?? null,
    wire: event.getWireType(),
    session: event.getWireContent().session_id ?? null,
    failure: event.decryptionFailureReason,
    redacts: event.getAssociatedId() ?? null,
    stateKey: event.getStateKey() ?? null,
});

export class Device {
    #client;
    #report;
    #requests = new Map();
    #events = new Map();

    /** Logs in, signs the new device, and syncs once; `report` gets all that is seen from then on. */
    static async login({ url, user, password, strict }, report) {
        const login = await sdk
            .createClient({ baseUrl: url })
            .loginRequest({ ...passwordOf(user, password), initial_device_display_name: "Element" });
        const device = new Device();
        device.#report = report;
        device.#client = sdk.createClient({
            baseUrl: url,
            userId: login.user_id,
            deviceId: login.device_id,
            accessToken: login.access_token,
            verificationMethods: ["m.sas.v1"],
            cryptoCallbacks: {
                getSecretStorageKey: async ({ keys }) => [
                    Object.keys(keys)[0],
                    recoveryKeys.get(user).privateKey,
                ],
            },
        });
        await device.#begin(user, password, strict);
        return { device, device_id: login.device_id };
    }

    async #begin(user, password, strict) {
        const client = this.#client;
        await client.initRustCrypto({ useIndexedDB: false });
        const crypto = client.getCrypto();
        crypto.setDeviceIsolationMode(
            strict
                ? new api.OnlySignedDevicesIsolationMode()
                : new api.AllDevicesIsolationMode(false),
        );
        this.#listen();
        await client.startClient({ initialSyncLimit: 100, threadSupport: false });
        await new Promise((ready) => {
            const look = (state) => {
                if (state === sdk.SyncState.Prepared) {
                    client.off(sdk.ClientEvent.Sync, look);
                    ready();
                }
            };
            client.on(sdk.ClientEvent.Sync, look);
        });
        // A second device can only take the secret keys over when it knows the public ones.
        await crypto.userHasCrossSigningKeys(client.getUserId(), true);
        const auth = passwordOf(user, password);
        await crypto.bootstrapCrossSigning({
            authUploadDeviceSigningKeys: async (request) => {
                await request(auth);
            },
        });
        if (!recoveryKeys.has(user)) {
            recoveryKeys.set(user, await crypto.createRecoveryKeyFromPassphrase());
            await crypto.bootstrapSecretStorage({
                createSecretStorageKey: async () => recoveryKeys.get(user),
                setupNewSecretStorage: true,
            });
        }
    }

    #listen() {
        const client = this.#client;
        client.on(sdk.RoomEvent.Timeline, (event) => void this.#see(event));
        client.on(sdk.MatrixEventEvent.Decrypted, (event) => this.#tell(event));
        client.on(sdk.RoomEvent.Receipt, (event, room) =>
            this.#report({ kind: "receipt", room: room.roomId, content: event.getContent() }),
        );
        client.on(sdk.RoomMemberEvent.Typing, (_, member) =>
            this.#report({
                kind: "typing",
                room: member.roomId,
                user: member.userId,
                typing: member.typing,
            }),
        );
        client.on(sdk.RoomEvent.MyMembership, (room, membership) =>
            this.#report({ kind: "own", room: room.roomId, membership }),
        );
        client.on(sdk.RoomStateEvent.Members, (_, __, member) =>
            this.#report({
                kind: "member",
                room: member.roomId,
                user: member.userId,
                membership: member.membership,
            }),
        );
    }

    async #see(event) {
        if (event.isEncrypted()) await this.#client.decryptEventIfNeeded(event);
        this.#tell(event);
    }

    #tell(event) {
        // What was sent from here has an id of its own until the homeserver brings it back.
        if (event.status !== null) return;
        this.#events.set(event.getId(), event);
        this.#report({ kind: "event", event: plain(event) });
    }

    /** Sends an event, sealed where the room is; its id. */
    async send({ room, type, content }) {
        return (await this.#client.sendEvent(room, type, content)).event_id;
    }

    async redact({ room, event }) {
        await this.#client.redactEvent(room, event);
    }

    /** Uploads bytes as they are, which are sealed already where the room is; where they are. */
    async upload({ base64, type }) {
        const bytes = Buffer.from(base64, "base64");
        return (await this.#client.uploadContent(bytes, { type })).content_uri;
    }

    async create({ options }) {
        return (await this.#client.createRoom(options)).room_id;
    }

    async invite({ room, user }) {
        await this.#client.invite(room, user);
    }

    async join({ room }) {
        await this.#client.joinRoom(room);
    }

    async state({ room, type, content, key }) {
        await this.#client.sendStateEvent(room, type, content, key ?? "");
    }

    async upgrade({ room, version }) {
        return (await this.#client.upgradeRoom(room, version)).replacement_room;
    }

    /** What Element shows beside an event that was sealed: the colour of its shield, and why. */
    async shield({ event }) {
        const info = await this.#client.getCrypto().getEncryptionInfoForEvent(this.#events.get(event));
        if (info === null) return null;
        const reason = api.EventShieldReason[info.shieldReason] ?? null;
        return { colour: api.EventShieldColour[info.shieldColour], reason };
    }

    /** Whether each device of somebody is signed by their account. */
    async signed({ user }) {
        const crypto = this.#client.getCrypto();
        const devices = (await crypto.getUserDeviceInfo([user], true)).get(user);
        const found = {};
        for (const id of devices?.keys() ?? []) {
            const status = await crypto.getDeviceVerificationStatus(user, id);
            found[id] = status?.signedByOwner ?? false;
        }
        return found;
    }

    /** Asks somebody to verify: in a room, or one device of theirs; the id of the request. */
    async verify({ user, room, deviceId }) {
        const crypto = this.#client.getCrypto();
        const request = room
            ? await crypto.requestVerificationDM(user, room)
            : await crypto.requestDeviceVerification(user, deviceId);
        const id = request.transactionId;
        this.#requests.set(id, request);
        const told = () =>
            this.#report({
                kind: "verification",
                request: id,
                phase: api.VerificationPhase[request.phase],
                reason: request.cancellationCode,
            });
        request.on(api.VerificationRequestEvent.Change, told);
        told();
        return id;
    }

    /** Compares emoji, and finds them equal. */
    async compare({ request }) {
        const verifier = await this.#requests.get(request).startVerification("m.sas.v1");
        verifier.on(api.VerifierEvent.ShowSas, (sas) => void sas.confirm());
        verifier.verify().catch(() => {}); // a cancel shows in the phase
    }

    async leave({ room }) {
        await this.#client.leave(room);
    }

    async logout() {
        this.#client.stopClient();
    }
}
