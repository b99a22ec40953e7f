using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Gateway.Pipeline;
using Purser.Providers;
using Purser.Providers.Translation;

namespace Purser.Gateway.Evaluations;

/// <summary>A request in a client's format, without the client: what another model can be asked by.</summary>
/// <param name="Format">The format.</param>
/// <param name="Route">The path that it came by, or null.</param>
/// <param name="Path">What the path says.</param>
/// <param name="Query">Its query, without keys.</param>
/// <param name="Headers">Its headers that say how its body is to be read.</param>
/// <param name="Body">Its body.</param>
/// <param name="Model">The model that it names.</param>
/// <param name="Stream">Whether it wants a stream.</param>
/// <param name="IsStored">Whether its provider keeps the answer.</param>
internal sealed record AskedRequest(
    WireFormat Format,
    ClientRoute? Route,
    RouteValueDictionary Path,
    string Query,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    byte[] Body,
    string Model,
    bool Stream,
    bool IsStored
)
{
    // Which form of its own API a vendor reads the body by. Nothing of who asks, and nothing that a trace follows.
    private static readonly string[] Meaningful = ["content-type", "accept", "anthropic-version", "anthropic-beta", "openai-beta"];

    /// <summary>Takes a client's request, once its body is read.</summary>
    public static AskedRequest Of(Exchange exchange, Understanding understanding)
    {
        var (request, facts) = (exchange.Http.Request, understanding.Facts);
        return new AskedRequest(
            exchange.Format,
            exchange.Route,
            new RouteValueDictionary(request.RouteValues),
            HeaderRules.CleanQuery(request.QueryString.Value ?? ""),
            [.. Meaningful.Where(request.Headers.ContainsKey).Select(name => KeyValuePair.Create(name, request.Headers[name].ToString()))],
            exchange.Body.Span.ToArray(),
            facts.Model,
            facts.Stream,
            facts.IsStored
        );
    }

    /// <summary>The request in no vendor's format; null where it can't be read so.</summary>
    public (FormatTranslator Translator, CanonicalRequest Request)? Read() =>
        FormatTranslators.Find(Format.TranslatedAs) is { } translator
        && translator.ReadRequest(Body, new PathFacts(Model, Stream)).Request is { } request
            ? (translator, request)
            : null;

    /// <summary>The same request as one that no client sent, for an answer that no provider keeps.</summary>
    /// <param name="answer">Takes the answer's body.</param>
    /// <param name="stop">Ends it.</param>
    public HttpContext ToHttp(Stream answer, CancellationToken stop)
    {
        var http = new DefaultHttpContext { RequestAborted = stop };
        (http.Request.Method, http.Request.Body, http.Response.Body) = (
            HttpMethods.Post,
            new MemoryStream(IsStored ? Unstored() : Body),
            answer
        );
        (http.Request.RouteValues, http.Request.QueryString) = (
            new RouteValueDictionary(Path),
            new QueryString(Query.Length > 1 ? Query : "")
        );
        foreach (var (name, value) in Headers)
        {
            http.Request.Headers[name] = value;
        }

        return http;
    }

    private byte[] Unstored()
    {
        var request = JsonNode.Parse(Body)!.AsObject();
        request["store"] = false;
        // A label of what is stored: OpenAI refuses it where nothing is.
        request.Remove("metadata");
        return JsonSerializer.SerializeToUtf8Bytes(request);
    }
}
