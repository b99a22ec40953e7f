using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Azure;

/// <summary>OpenAI's formats as Azure serves them: another key, other headers and errors, and deployments for models.</summary>
/// <param name="inner">The format that Azure passes on.</param>
/// <param name="route">What the URL says.</param>
internal sealed class AzureWire(OpenAIWire inner, AzureRoute route) : Wire
{
    public override string Api => "azure";

    public override ulong Seed => inner.Seed ^ XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{route.Deployment}/{route.Operation}"));

    public override string? Model => route.Deployment;

    public override string ContentType => inner.ContentType;

    public override string StreamContentType => inner.StreamContentType;

    public override int LongestBody => inner.LongestBody;

    public override RequestError TooLarge => inner.TooLarge;

    public override RequestError? CheckHeaders(HttpRequest request) =>
        Key(request).IsEmpty ? AzureErrors.MissingKey
        : route.Version is null && !route.IsV1 ? AzureErrors.NoResource
        : null;

    public override ReadOnlySpan<char> Key(HttpRequest request)
    {
        var key = request.Headers["api-key"].ToString();
        return key.Length > 0 ? key : BearerToken.Of(request);
    }

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        var request = inner.Read(body, out error);
        error = error?.Status == 404 && error.Code == "model_not_found" ? AzureErrors.NoDeployment : error;
        return request;
    }

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => inner.Meter(cache, request);

    public override bool Refuses(FaultKind fault) => fault == FaultKind.Blocked || inner.Refuses(fault);

    public override RequestError ErrorOf(FaultKind fault, string model) => AzureErrors.Of(fault, route, model);

    public override RequestError NoSuchModel(string model) => AzureErrors.NoDeployment;

    public override RequestError UnknownUrl(string method, string path) => AzureErrors.NoResource;

    public override RequestError UnknownDirective(string message) => inner.UnknownDirective(message);

    public override string NewId(ref SeededRandom random) => inner.NewId(ref random);

    public override string NewToolCallId(string tool, ref SeededRandom random) => inner.NewToolCallId(tool, ref random);

    public override string NewRequestId(ref SeededRandom random) => Ids.Guid(ref random);

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now)
    {
        headers["apim-request-id"] = requestId;
        headers["x-request-id"] = requestId;
        headers["x-ms-region"] = "Simulator";
        headers["x-content-type-options"] = "nosniff";
    }

    public override void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    )
    {
        headers["x-ms-deployment-name"] = request.Model.Name;
        headers["x-ratelimit-remaining-requests"] = isLimited ? "0" : "9999";
        headers["x-ratelimit-remaining-tokens"] = isLimited ? "0" : "29999999";
        if (isLimited)
        {
            headers["retry-after-ms"] = "1000";
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange) => inner.WriteAnswer(to, exchange);

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) => inner.Stream(to, exchange);

    public override void WriteError(OutputBuffer to, RequestError error, string requestId)
    {
        if (error.Type.Length == 0)
        {
            to.Add("{\"error\":{\"code\":"u8).AddJson(error.Code).Add(",\"message\":"u8).AddJson(error.Message).Add("}}"u8);
        }
        else if (error.Type == "content_filter")
        {
            to.Add("{\"error\":{\"message\":"u8)
                .AddJson(error.Message)
                .Add(",\"type\":null,\"param\":\"prompt\",\"code\":\"content_filter\""u8);
            to.Add(",\"status\":400,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\",\"content_filter_result\":"u8);
            ContentFilter.Write(to, isPrompt: true, isFiltered: true);
            to.Add("}}}"u8);
        }
        else
        {
            inner.WriteError(to, error, requestId);
        }
    }

    public override void WriteStreamError(OutputBuffer to, Exchange exchange) => inner.WriteStreamError(to, exchange);

    public override void WriteKeepAlive(OutputBuffer to) => inner.WriteKeepAlive(to);

    public override void WriteGarbageEvent(OutputBuffer to) => inner.WriteGarbageEvent(to);
}
