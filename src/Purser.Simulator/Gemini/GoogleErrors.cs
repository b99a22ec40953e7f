using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Gemini;

/// <summary>Google's errors, in its words.</summary>
internal static class GoogleErrors
{
    public static readonly RequestError MissingKey = new(
        403,
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer "
            + "identity to call this API."
    );

    public static readonly RequestError MissingToken = new(
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication "
            + "credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        Details: Info("CREDENTIALS_MISSING")
    );

    public static readonly RequestError ExpiredToken = new(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. "
            + "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        Details: Info("ACCESS_TOKEN_EXPIRED")
    );

    public static readonly RequestError InvalidKey = new(
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        Details: Info("API_KEY_INVALID")
    );

    public static readonly RequestError NotJson = Invalid("Invalid JSON payload received. Expected a value.");

    public static readonly RequestError NoContents = Invalid("* GenerateContentRequest.contents: contents is not specified\n");

    public static readonly RequestError WrongRole = Invalid("Please use a valid role: user, model.");

    public static readonly RequestError LevelAndBudget = Invalid("You can only set only one of thinking budget and thinking level.");

    public static readonly RequestError ResponsesMissing = Invalid(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn."
    );

    public static readonly RequestError TooLarge = new(413, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 104857600 bytes.");

    public static RequestError Invalid(string message) => new(400, "INVALID_ARGUMENT", message);

    public static RequestError WrongType(string field, string type, string got)
    {
        var message = $"Invalid value at '{field}' ({type}), {got}";
        var violation = new OutputBuffer().Add(
            "[{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":[{\"field\":"u8
        );
        violation.AddJson(field).Add(",\"description\":"u8).AddJson(message).Add("}]}]"u8);
        return new RequestError(400, "INVALID_ARGUMENT", message, Details: System.Text.Encoding.UTF8.GetString(violation.Written));
    }

    public static RequestError SignatureMissing(string function, int position) =>
        Invalid(
            "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing "
                + "thought_signature may lead to degraded model performance. Additional data, function call "
                + $"`default_api:{function}` , position {position}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for "
                + "more details."
        );

    public static RequestError NoSuchModel(GoogleRoute route) =>
        new(
            404,
            "NOT_FOUND",
            route.IsVertex
                ? $"Publisher Model `{route.Resource}` was not found or your project does not have access to it. Please ensure you are using a valid "
                    + "model version. For more information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"
                : $"models/{route.Model} is not found for API version {route.Version}, or is not supported for {route.Method}. Call ListModels to see "
                    + "the list of available models and their supported methods."
        );

    public static RequestError UnknownUrl() => new(404, "NOT_FOUND", "Requested entity was not found.");

    public static RequestError Of(FaultKind fault, GoogleRoute route) =>
        fault switch
        {
            FaultKind.KeyRefused => route.IsVertex ? ExpiredToken : InvalidKey,
            FaultKind.RateLimited when route.IsVertex => new(
                429,
                "RESOURCE_EXHAUSTED",
                "Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for "
                    + "more details."
            ),
            FaultKind.RateLimited => Quota(route.Model),
            FaultKind.Unavailable or FaultKind.Overloaded => new(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
            _ => new(
                500,
                "INTERNAL",
                "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting"
            ),
        };

    /// <summary>Writes an error's body without indentation.</summary>
    public static void Write(OutputBuffer to, RequestError error)
    {
        to.Add("{\"error\": {\"code\": "u8).Add(error.Status).Add(",\"message\": "u8).AddJson(error.Message);
        to.Add(",\"status\": "u8).AddJson(error.Type);
        if (error.Details is { } details)
        {
            to.Add(",\"details\": "u8).Add(System.Text.Encoding.UTF8.GetBytes(details));
        }

        to.Add("}}"u8);
    }

    private static RequestError Quota(string model)
    {
        const string Metric = "generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count";
        var details = new OutputBuffer()
            .Add("[{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaMetric\":\""u8)
            .AddAscii(Metric)
            .Add(
                "\",\"quotaId\":\"GenerateContentPaidTierInputTokensPerModelPerMinute\",\"quotaDimensions\":{\"location\":\"global\",\"model\":"u8
            )
            .AddJson(model)
            .Add("},\"quotaValue\":\"1000000\"}]},{\"@type\":\"type.googleapis.com/google.rpc.Help\",\"links\":[{\"description\":"u8)
            .Add("\"Learn more about Gemini API quotas\",\"url\":\"https://ai.google.dev/gemini-api/docs/rate-limits\"}]},"u8)
            .Add("{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"1s\"}]"u8);
        return new RequestError(
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: "
                + "https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. \n* Quota "
                + $"exceeded for metric: {Metric}, limit: 1000000, model: {model}\nPlease retry in 1s.",
            Details: System.Text.Encoding.UTF8.GetString(details.Written)
        );
    }

    private static string Info(string reason) =>
        "[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\""
        + reason
        + "\",\"domain\":\"googleapis.com\",\"metadata\":{\"service\":\"aiplatform.googleapis.com\"}}]";
}
