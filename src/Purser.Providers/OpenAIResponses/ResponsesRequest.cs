using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Providers.OpenAI;

namespace Purser.Providers.OpenAIResponses;

/// <summary>What Purser reads in a body of <c>POST /v1/responses</c>.</summary>
internal static class ResponsesRequest
{
    private const int Model = 0;
    private const int Stream = 1;
    private const int MaxOutputTokens = 2;
    private const int Input = 3;
    private const int Instructions = 4;
    private const int Tools = 5;
    private const int MaxToolCalls = 6;
    private const int ServiceTier = 7;
    private const int User = 8;
    private const int SafetyIdentifier = 9;
    private const int Metadata = 10;
    private const int Text = 11;
    private const int PreviousResponseId = 12;
    private const int Conversation = 13;
    private const int Prompt = 14;
    private const int Background = 15;
    private const int ContextManagement = 16;
    private const int PromptCacheOptions = 17;
    private const int PromptCacheKey = 18;
    private const int ClientMetadata = 19;
    private const int Store = 20;

    private const int MaxTurnMetadata = 16 * 1024;
    private const int MaxLabel = 256;

    // Below this, OpenAI refuses the request.
    private const long LeastOutputTokens = 16;

    // A call may run several queries, and each is billed. OpenAI states no bound; what exceeds this one is posted as an overage.
    private const long SearchesPerCall = 5;

    private static readonly TopLevelMembers Members = new(
        "model",
        "stream",
        "max_output_tokens",
        "input",
        "instructions",
        "tools",
        "max_tool_calls",
        "service_tier",
        "user",
        "safety_identifier",
        "metadata",
        "text",
        "previous_response_id",
        "conversation",
        "prompt",
        "background",
        "context_management",
        "prompt_cache_options",
        "prompt_cache_key",
        "client_metadata",
        "store"
    );

    /// <summary>Reads a whole body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="pathModel">The model in the path; null where it's in the body.</param>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, string? pathModel = null)
    {
        var result = RequestScan.Read(body, Members, ReadMember, pathModel);
        return result.Facts is { } facts ? Finish(facts) : result;
    }

    private static UnderstandResult Finish(RequestFacts facts)
    {
        if (facts.UnpricedTool is { } tool)
        {
            var message =
                $"What the tool '{tool}' costs isn't in the price book, so it can't be offered here. "
                + "Functions, custom tools, 'web_search' and MCP servers can.";
            return new UnderstandResult(null, new RequestFault(RequestFaults.Unsupported, message, "tools"));
        }
        var writesNothing = facts.CachesExplicitly && !facts.SawCacheBreakpoint;
        facts.CacheWrites = writesNothing ? CacheWriteHint.None : CacheWriteHint.Automatic;
        facts.SessionId = facts.Metadata?.GetValueOrDefault("session_id") ?? facts.SessionId;
        facts.FormatLowest = LeastOutputTokens;
        facts.IsStored = !facts.IsStoreRefused;
        facts.SearchesPerCall = SearchesPerCall;
        // Usage is part of every stream of this format.
        facts.ClientAskedForUsage = facts.Stream;
        facts.HostedToolCalls = facts.HostedToolCalls > 0 ? facts.MaxToolCalls ?? facts.HostedToolCalls : 0;
        return new UnderstandResult(facts, null);
    }

    private static bool ReadMember(ref RequestScan scan, int member) =>
        member switch
        {
            Model => scan.ReadModel(),
            Stream => OpenAIRequest.ReadStream(ref scan),
            MaxOutputTokens => scan.ReadOutputLimit("max_output_tokens"),
            Input or Instructions => scan.Walk(WalkRules.ResponsesInput),
            MaxToolCalls => ReadMaxToolCalls(ref scan),
            ServiceTier => OpenAIRequest.ReadServiceTier(ref scan),
            User or SafetyIdentifier => OpenAIRequest.ReadUser(ref scan, isUser: member == User),
            Metadata => OpenAIRequest.ReadMetadata(ref scan),
            Text => ReadText(ref scan),
            Background => ReadBackground(ref scan),
            PromptCacheOptions => OpenAIRequest.ReadCacheOptions(ref scan),
            PromptCacheKey => ReadCacheKey(ref scan),
            ClientMetadata => ReadClientMetadata(ref scan),
            _ => ReadTraits(ref scan, member),
        };

    private static bool ReadCacheKey(ref RequestScan scan)
    {
        var isValid = scan.ReadLabel(MaxLabel, out var key);
        scan.Facts.PromptCacheKey = key;
        return isValid;
    }

    /// <summary>Codex's own labels of a request. Its installation's id is in there too, and isn't read.</summary>
    private static bool ReadClientMetadata(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            var isTurn = name == "x-codex-turn-metadata";
            if (!isTurn && name is not ("session_id" or "thread_id"))
            {
                if (!scan.Walk(WalkRules.None))
                {
                    return false;
                }
            }
            else if (!scan.ReadLabel(isTurn ? MaxTurnMetadata : MaxLabel, out var value))
            {
                return false;
            }
            else if (isTurn)
            {
                scan.Facts.CodexTurn = value;
            }
            else
            {
                scan.Facts.SessionId = name == "session_id" ? value : scan.Facts.SessionId ?? value;
            }
        }
        return scan.Fault is null;
    }

    private static bool ReadTraits(ref RequestScan scan, int member)
    {
        var facts = scan.Facts;
        var isThere = !scan.IsNull;
        switch (member)
        {
            case Tools:
                facts.HasTools |= isThere;
                return scan.Walk(WalkRules.ResponsesTools);
            case PreviousResponseId or Conversation when isThere:
                // What is continued has a size that the body doesn't show.
                facts.UnboundedInput = true;
                return ReadContinued(ref scan, member);
            case Store:
                facts.IsStoreRefused = scan.Token == JsonTokenType.False;
                break;
            case Prompt when isThere:
                return scan.Refuse(
                    RequestFaults.Unsupported,
                    "What a prompt kept at the provider ('prompt') asks for isn't in the request, so it can't be priced. Send its text instead.",
                    "prompt"
                );
            case ContextManagement:
                facts.MayCompact |= isThere;
                break;
            default:
                break;
        }
        return scan.Walk(WalkRules.None);
    }

    private static bool ReadContinued(ref RequestScan scan, int member)
    {
        var kind = member == Conversation ? ReferenceKind.Conversation : ReferenceKind.Response;
        if (member != Conversation || scan.Token != JsonTokenType.StartObject)
        {
            scan.Facts.AddReference(kind, scan.ReferenceId());
            return scan.Walk(WalkRules.None);
        }
        var isNamed = false;
        while (scan.NextMember(out var name))
        {
            if (name == "id")
            {
                isNamed = true;
                scan.Facts.AddReference(kind, scan.ReferenceId());
            }
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        if (!isNamed)
        {
            scan.Facts.AddReference(kind, "");
        }
        return scan.Fault is null;
    }

    private static bool ReadBackground(ref RequestScan scan)
    {
        const string name = "background";
        return scan.ReadBoolean(name, out var background)
            && (
                !background
                || scan.Refuse(
                    RequestFaults.Unsupported,
                    "A response in the background ('background': true) would run where nothing watches what it costs. Leave it out; 'stream': true keeps long ones open.",
                    name
                )
            );
    }

    private static bool ReadMaxToolCalls(ref RequestScan scan)
    {
        const long most = 1_000_000;
        scan.Facts.ToolCallLimit = scan.TokenSlice();
        var isValid = scan.ReadPositive("max_tool_calls", most, out var limit);
        scan.Facts.MaxToolCalls = limit;
        return isValid;
    }

    private static bool ReadText(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            if (!(name == "format" ? OpenAIRequest.ReadResponseFormat(ref scan) : scan.Walk(WalkRules.None)))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }
}
