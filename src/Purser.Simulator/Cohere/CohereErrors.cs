using Purser.Simulator.Faults;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Cohere;

/// <summary>Cohere's errors, in its words: a message beside the request's id.</summary>
internal static class CohereErrors
{
    public static readonly RequestError MissingKey = new(401, "", "no api key supplied");

    public static readonly RequestError NotJson = Invalid("invalid json syntax");

    public static readonly RequestError TooLarge = new(413, "", "request body too large");

    public static RequestError Invalid(string message) => new(400, "", "invalid request: " + message);

    public static RequestError Missing(string name) => Invalid($"{name} is required");

    public static RequestError NoSuchModel(string model) =>
        new(404, "", $"model '{model}' not found, make sure the correct model ID was used and that you have access to the model.");

    public static RequestError Of(FaultKind fault) =>
        fault switch
        {
            FaultKind.KeyRefused => new(401, "", "invalid api token"),
            FaultKind.RateLimited => new(429, "", "Please wait and try again later", RetryAfterSeconds: 1),
            FaultKind.Unavailable or FaultKind.Overloaded => new(503, "", "service unavailable"),
            _ => new(500, "", "internal server error, this has been reported to our developers"),
        };
}
