using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIResponses;

/// <summary>The errors that only OpenAI's responses have.</summary>
internal static class ResponsesErrors
{
    private const string Invalid = "invalid_request_error";

    /// <summary>The simulator has no background; nothing would collect the answer.</summary>
    public static readonly RequestError Background = new(400, Invalid, "The simulator has no background mode.", "background");

    /// <summary>A request goes on from what isn't kept.</summary>
    public static RequestError PreviousNotFound(string id) =>
        new(400, Invalid, $"Previous response with id '{id}' not found.", "previous_response_id", "previous_response_not_found");

    /// <summary>A marker that the simulator doesn't know.</summary>
    public static RequestError Directive(string message) => new(400, Invalid, message, "input", "unknown_simulator_directive");
}
