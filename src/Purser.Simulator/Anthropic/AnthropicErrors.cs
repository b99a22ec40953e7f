using Purser.Simulator.Faults;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Anthropic;

/// <summary>Anthropic's errors, in its words.</summary>
internal static class AnthropicErrors
{
    public static readonly RequestError MissingKey = new(401, "authentication_error", "x-api-key header is required");

    public static readonly RequestError MissingVersion = Invalid("anthropic-version: header is required");

    public static readonly RequestError NotJson = Invalid("The request body is not valid JSON");

    public static readonly RequestError NoMessages = Invalid("messages: at least one message is required");

    public static readonly RequestError BudgetTooSmall = Invalid(
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
    );

    public static readonly RequestError BudgetAboveLimit = Invalid("`max_tokens` must be greater than `thinking.budget_tokens`.");

    public static readonly RequestError ThinkingWithForcedTool = Invalid("Thinking may not be enabled when tool_choice forces tool use.");

    public static readonly RequestError TooLarge = new(413, "request_too_large", "Request exceeds the maximum size");

    public static RequestError Invalid(string message) => new(400, "invalid_request_error", message);

    public static RequestError Required(string field) => Invalid($"{field}: Field required");

    public static RequestError WrongType(string field, string expected) => Invalid($"{field}: Input should be a valid {expected}");

    public static RequestError TooManyMarks(int count) =>
        Invalid($"A maximum of 4 blocks with cache_control may be provided. Found {count}.");

    public static RequestError NoSuchModel(string model) => new(404, "not_found_error", $"model: {model}");

    public static RequestError UnknownUrl() => new(404, "not_found_error", "Not Found");

    public static RequestError Of(FaultKind fault) =>
        fault switch
        {
            FaultKind.KeyRefused => new(401, "authentication_error", "invalid x-api-key"),
            FaultKind.RateLimited => new(
                429,
                "rate_limit_error",
                "This request would exceed your organization's rate limit of 10,000 requests per minute. Please try again later.",
                RetryAfterSeconds: 1
            ),
            FaultKind.Overloaded => new(529, "overloaded_error", "Overloaded"),
            FaultKind.Unavailable => new(503, "api_error", "Service Unavailable"),
            _ => new(500, "api_error", "Internal server error"),
        };
}
