namespace Purser.Simulator.Requests;

/// <summary>Why a request is refused, in the words of the provider.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The error's type, as the provider names it.</param>
/// <param name="Message">The message.</param>
/// <param name="Param">OpenAI's <c>param</c>.</param>
/// <param name="Code">OpenAI's <c>code</c>.</param>
/// <param name="Details">Google's <c>details</c>, as JSON.</param>
/// <param name="RetryAfterSeconds">What <c>retry-after</c> says; null leaves the header out.</param>
internal sealed record RequestError(
    int Status,
    string Type,
    string Message,
    string? Param = null,
    string? Code = null,
    string? Details = null,
    int? RetryAfterSeconds = null
);
