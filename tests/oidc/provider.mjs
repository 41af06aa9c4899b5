// A certified OpenID provider on a free port of the loopback, with its own pages to sign in on.
// It reads from its input what is otherwise from now on, as JSON: {"roles": {"sanne": [...]}}.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const [client_id, client_secret, redirect_uri] = process.argv.slice(2);
let roles = {};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id, client_secret, redirect_uris: [redirect_uri] }],
    claims: { openid: ["sub", "roles"], profile: ["name"], email: ["email"] },
    conformIdTokenClaims: false, // as most organisations have it: the claims are in the ID token
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, roles: roles[id] }),
    }),
  });
  server.on("request", provider.callback());
  console.log(JSON.stringify({ issuer }));
});
createInterface({ input: process.stdin }).on("line", (line) => {
  ({ roles } = JSON.parse(line));
  console.log("{}");
}).on("close", () => process.exit());
