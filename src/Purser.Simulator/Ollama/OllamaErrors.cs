using Purser.Simulator.Faults;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Ollama;

/// <summary>Ollama's errors, in its words: a message alone.</summary>
internal static class OllamaErrors
{
    public static readonly RequestError NotJson = new(400, "", "invalid character at the start or the end of the JSON body");

    public static readonly RequestError NoModel = new(400, "", "model is required");

    public static readonly RequestError TooLarge = new(413, "", "http: request body too large");

    public static RequestError NoSuchModel(string model) => new(404, "", $"model '{model}' not found");

    public static RequestError Invalid(string message) => new(400, "", message);

    public static RequestError Of(FaultKind fault) =>
        fault switch
        {
            FaultKind.KeyRefused => new(401, "", "unauthorized"),
            FaultKind.RateLimited => new(429, "", "too many requests", RetryAfterSeconds: 1),
            FaultKind.Unavailable or FaultKind.Overloaded => new(
                503,
                "",
                "server busy, please try again.  maximum pending requests exceeded"
            ),
            _ => new(500, "", "llama runner process has terminated: exit status 2"),
        };
}
