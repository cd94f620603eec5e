/** Constructed for an OIDC token, which no action asks for. */
export class HttpClient {
  constructor() {
    throw new Error("this build of @actions/core has no HTTP client");
  }
}
