using Purser.Simulator.Faults;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAI;

/// <summary>OpenAI's errors, in its words.</summary>
internal static class OpenAIErrors
{
    private const string Invalid = "invalid_request_error";

    public static readonly RequestError MissingKey = new(
        401,
        Invalid,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: "
            + "Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted "
            + "for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys."
    );

    public static readonly RequestError NotJson = new(
        400,
        Invalid,
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI "
            + "API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact "
            + "us through our help center at help.openai.com.)"
    );

    public static readonly RequestError MissingModel = new(400, Invalid, "you must provide a model parameter");

    public static readonly RequestError MissingMessages = MissingParameter("messages");

    public static readonly RequestError NoMessages = new(
        400,
        Invalid,
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        "messages",
        "empty_array"
    );

    public static readonly RequestError StreamOptionsWithoutStream = new(
        400,
        Invalid,
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        "stream_options"
    );

    public static readonly RequestError TooLarge = new(413, Invalid, "Request body too large.", null, "request_too_large");

    public static RequestError MissingParameter(string name) =>
        new(400, Invalid, $"Missing required parameter: '{name}'.", name, "missing_required_parameter");

    public static RequestError WrongType(string name, string expected, string got) =>
        new(400, Invalid, $"Invalid type for '{name}': expected {expected}, but got {got} instead.", name, "invalid_type");

    public static RequestError BelowMinimum(string name, long least, long got) =>
        new(
            400,
            Invalid,
            $"Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {got} instead.",
            name,
            "integer_below_min_value"
        );

    public static RequestError AboveMaximum(string name, long most, long got) =>
        new(
            400,
            Invalid,
            $"Invalid '{name}': integer above maximum value. Expected a value <= {most}, but got {got} instead.",
            name,
            "integer_above_max_value"
        );

    public static RequestError TooManyStops(int count) =>
        new(
            400,
            Invalid,
            $"Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length {count} instead.",
            "stop",
            "array_above_max_length"
        );

    public static RequestError NoSuchModel(string model) =>
        new(404, Invalid, $"The model `{model}` does not exist or you do not have access to it.", null, "model_not_found");

    public static RequestError UnknownUrl(string method, string path) => new(404, Invalid, $"Invalid URL ({method} {path})");

    public static RequestError Directive(string message) => new(400, Invalid, message, "messages", "unknown_simulator_directive");

    public static RequestError Of(FaultKind fault, string model) =>
        fault switch
        {
            FaultKind.KeyRefused => new(
                401,
                Invalid,
                "Incorrect API key provided: sk-simul*****. You can find your API key at https://platform.openai.com/account/api-keys.",
                null,
                "invalid_api_key"
            ),
            FaultKind.RateLimited => new(
                429,
                "requests",
                $"Rate limit reached for {model} in organization org-simulator on requests per min (RPM): Limit 10000, Used 10000, Requested 1. "
                    + "Please try again in 1s. Visit https://platform.openai.com/account/rate-limits to learn more.",
                null,
                "rate_limit_exceeded",
                RetryAfterSeconds: 1
            ),
            FaultKind.Unavailable or FaultKind.Overloaded => new(
                503,
                "server_error",
                "The engine is currently overloaded, please try again later",
                null,
                null
            ),
            _ => new(500, "server_error", "The server had an error while processing your request. Sorry about that!"),
        };
}
