using Microsoft.AspNetCore.Http;
using Purser.Simulator.Anthropic;
using Purser.Simulator.Faults;
using Purser.Simulator.Gemini;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Vertex;

/// <summary>
/// Anthropic's messages on Vertex, <c>rawPredict</c> and <c>streamRawPredict</c>: the model is in the URL, the version in the body. Google
/// refuses in its own form what it refuses itself: credentials, models and quotas.
/// </summary>
internal sealed class AnthropicOnVertexWire(GoogleRoute route, TimeProvider time) : AnthropicWire
{
    private const string Version = "vertex-2023-10-16";

    public override string Api => "vertex";

    public override ulong Seed => route.Seed;

    public override string? Model => route.Model;

    public override RequestError? CheckHeaders(HttpRequest request) => TokenEndpoint.Check(Key(request), time);

    public override ReadOnlySpan<char> Key(HttpRequest request) => BearerToken.Of(request);

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        var request = AnthropicRequestReader.Read(body, countOnly: false, out error);
        if (request is null)
        {
            error = error!.Status == 404 ? NoSuchModel(route.Model) : error;
            return null;
        }

        var version = request.ApiVersion;
        error =
            version == Version || IsOfToday(version) ? null
            : version is null ? AnthropicErrors.Required("anthropic_version")
            : AnthropicErrors.Invalid($"anthropic_version: Input should be '{Version}'");
        return error is null ? request : null;
    }

    public override RequestError ErrorOf(FaultKind fault, string model) =>
        fault == FaultKind.KeyRefused ? GoogleErrors.ExpiredToken
        : fault == FaultKind.RateLimited
            ? new RequestError(
                429,
                "RESOURCE_EXHAUSTED",
                "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: "
                    + $"anthropic-{BaseModel}. Please submit a quota increase request. "
                    + "https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai."
            )
        : AnthropicErrors.Of(fault);

    public override RequestError NoSuchModel(string model) => GoogleErrors.NoSuchModel(route);

    public override RequestError UnknownUrl(string method, string path) => GoogleErrors.UnknownUrl();

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now)
    {
        headers["request-id"] = requestId;
        headers.Vary = "Origin, X-Origin, Referer";
    }

    public override void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    ) { }

    public override void WriteError(OutputBuffer to, RequestError error, string requestId)
    {
        if (!IsGoogles(error))
        {
            base.WriteError(to, error, requestId);
            return;
        }

        var isArray = route.Method == "streamRawPredict";
        var compact = new OutputBuffer().Add(isArray ? "["u8 : ""u8);
        GoogleErrors.Write(compact, error);
        IndentedJson.Write(to, compact.Add(isArray ? "]"u8 : ""u8));
        to.Add("\n"u8);
    }

    private string BaseModel
    {
        get
        {
            var at = route.Model.IndexOf('@', StringComparison.Ordinal);
            return at < 0 ? route.Model : route.Model[..at];
        }
    }

    // Google's names of errors are in capitals.
    private static bool IsGoogles(RequestError error) => char.IsAsciiLetterUpper(error.Type[0]);
}
