using System.Text.Json;

namespace Purser.Providers.Anthropic;

/// <summary>What Purser reads in a body of <c>POST /v1/messages</c>.</summary>
internal static class AnthropicRequest
{
    private const int Model = 0;
    private const int Stream = 1;
    private const int MaxTokens = 2;
    private const int Messages = 3;
    private const int System = 4;
    private const int Tools = 5;
    private const int Metadata = 6;
    private const int ServiceTier = 7;
    private const int Speed = 8;
    private const int InferenceGeo = 9;
    private const int McpServers = 10;
    private const int Container = 11;
    private const int Thread = 12;
    private const int Fallbacks = 13;
    private const int ContextManagement = 14;
    private const int Compaction = 15;
    private const int CacheControl = 16;
    private const int OutputFormat = 17;
    private const int OutputConfig = 18;
    private const int Thinking = 19;
    private const int AnthropicVersion = 20;
    private const int AnthropicBeta = 21;

    private const int MaxLabelLength = 256;
    private const int MaxUserIdLength = 1024;

    private static readonly TopLevelMembers Members = new(
        "model",
        "stream",
        "max_tokens",
        "messages",
        "system",
        "tools",
        "metadata",
        "service_tier",
        "speed",
        "inference_geo",
        "mcp_servers",
        "container",
        "thread",
        "fallbacks",
        "context_management",
        "compaction",
        "cache_control",
        "output_format",
        "output_config",
        "thinking",
        "anthropic_version",
        "anthropic_beta"
    );

    /// <summary>Reads a whole body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="pathModel">The model in the path, where it is there (Vertex): then it counts.</param>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, string? pathModel = null)
    {
        var result = RequestScan.Read(body, Members, pathModel is null ? ReadMember : ReadMemberBesidePath, pathModel);
        if (result.Facts is { } facts)
        {
            // Usage is part of every stream of this format.
            facts.ClientAskedForUsage = facts.Stream;
        }
        return result;
    }

    // A model in the body has no say there, and is only noted.
    private static bool ReadMemberBesidePath(ref RequestScan scan, int member)
    {
        if (member != Model)
        {
            return ReadMember(ref scan, member);
        }
        if (scan.Token != JsonTokenType.String)
        {
            return scan.Refuse(RequestFaults.InvalidMember, "'model' must be a string.", "model");
        }
        scan.Facts.ModelMember = scan.MemberSlice();
        return scan.Walk(WalkRules.None);
    }

    private static bool ReadMember(ref RequestScan scan, int member) =>
        member switch
        {
            Model => scan.ReadModel(),
            Stream => ReadStream(ref scan),
            MaxTokens => scan.ReadOutputLimit("max_tokens"),
            Messages => scan.Walk(WalkRules.AnthropicMessages),
            System => ReadSystem(ref scan),
            Metadata => ReadMetadata(ref scan),
            ServiceTier => ReadServiceTier(ref scan),
            Speed => ReadSpeed(ref scan),
            InferenceGeo => ReadInferenceGeo(ref scan),
            Thread => ReadThread(ref scan),
            _ => ReadTraits(ref scan, member),
        };

    /// <summary>A container by its id; or settings for a new one, where <c>id</c> is one of them.</summary>
    private static bool ReadContainer(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            if (!scan.IsNull)
            {
                scan.Facts.AddReference(ReferenceKind.Container, scan.ReferenceId());
            }
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            if (name == "id" && !scan.IsNull)
            {
                scan.Facts.AddReference(ReferenceKind.Container, scan.ReferenceId());
            }
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    // It has blocks as messages have, and says nothing of the last of these.
    private static bool ReadSystem(ref RequestScan scan)
    {
        var (endsWithToolResult, latestIsOwn) = (scan.Facts.EndsWithToolResult, scan.Facts.LatestReasoningIsOwn);
        var isValid = scan.Walk(WalkRules.AnthropicMessages);
        (scan.Facts.EndsWithToolResult, scan.Facts.LatestReasoningIsOwn) = (endsWithToolResult, latestIsOwn);
        return isValid;
    }

    private static bool ReadTraits(ref RequestScan scan, int member)
    {
        var facts = scan.Facts;
        var isThere = !scan.IsNull;
        switch (member)
        {
            case Tools:
                facts.HasTools |= isThere;
                return scan.Walk(WalkRules.AnthropicTools);
            case McpServers:
                return ReadMcpServers(ref scan);
            case Container:
                facts.UnboundedInput |= isThere;
                return ReadContainer(ref scan);
            case Fallbacks:
                facts.OpenEndedModels |= scan.Token == JsonTokenType.String;
                return scan.Walk(WalkRules.AnthropicFallbacks);
            case ContextManagement:
                return scan.Walk(WalkRules.AnthropicContext);
            case Compaction:
                facts.MayCompact |= isThere;
                return scan.Walk(WalkRules.None);
            case CacheControl:
                return scan.Walk(WalkRules.CacheMarks);
            case OutputFormat:
                facts.TextIsJson |= isThere;
                return scan.Walk(WalkRules.None);
            case OutputConfig:
                return ReadOutputConfig(ref scan);
            case Thinking:
                return ReadThinking(ref scan);
            case AnthropicVersion when scan.Token == JsonTokenType.String:
                facts.VersionMember = scan.MemberSlice();
                return scan.Walk(WalkRules.None);
            case AnthropicBeta when scan.Token == JsonTokenType.StartArray:
                return ReadBetas(ref scan);
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    // Bedrock's clients have them in the body.
    private static bool ReadBetas(ref RequestScan scan)
    {
        List<string> betas = [];
        while (scan.NextElement())
        {
            if (!scan.ReadLabel(MaxLabelLength, out var beta))
            {
                return false;
            }
            if (beta is not null)
            {
                betas.Add(beta);
            }
        }
        scan.Facts.Betas = betas;
        scan.Facts.BetaMember = scan.MemberSlice();
        return true;
    }

    private static bool ReadOutputConfig(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            scan.Facts.TextIsJson |= name == "format" && !scan.IsNull;
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    private static bool ReadThinking(ref RequestScan scan)
    {
        var isObject = scan.Token == JsonTokenType.StartObject;
        var isRead = scan.ReadThinking();
        if (isRead && isObject)
        {
            scan.Facts.ThinkingMember = scan.MemberSlice();
        }
        return isRead;
    }

    private static bool ReadStream(ref RequestScan scan)
    {
        var isValid = scan.ReadBoolean("stream", out var stream);
        scan.Facts.Stream = stream;
        scan.Facts.SaysStream = true;
        return isValid;
    }

    private static bool ReadServiceTier(ref RequestScan scan)
    {
        var isValid = scan.ReadChoice("service_tier", out var tier);
        // The standard tier, whatever was agreed beyond it.
        scan.Facts.ServiceTier = tier is "standard_only" ? null : tier;
        return isValid;
    }

    private static bool ReadSpeed(ref RequestScan scan)
    {
        var isValid = scan.ReadChoice("speed", out var speed);
        // A fallback that was read before may have asked for the dearer speed.
        scan.Facts.Speed = scan.Facts.Speed == "fast" ? "fast" : speed;
        return isValid;
    }

    private static bool ReadInferenceGeo(ref RequestScan scan)
    {
        var isValid = scan.ReadChoice("inference_geo", out var geo);
        scan.Facts.InferenceGeo = geo;
        return isValid;
    }

    private static bool ReadMcpServers(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextElement())
        {
            scan.Facts.UnboundedInput = true;
            scan.Facts.HostedToolCalls += RequestScan.DefaultHostedCalls;
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return true;
    }

    // A conversation that the provider keeps: what is continued has a size that the body doesn't show.
    private static bool ReadThread(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            scan.Facts.UnboundedInput |= !scan.IsNull;
            return scan.Walk(WalkRules.None);
        }
        var continues = true;
        while (scan.NextMember(out var name))
        {
            if (name == "type")
            {
                if (!scan.ReadLabel(MaxLabelLength, out var type))
                {
                    return false;
                }
                continues = type != "create";
            }
            else if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        scan.Facts.UnboundedInput |= continues;
        return scan.Fault is null;
    }

    private static bool ReadMetadata(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            if (name == "user_id")
            {
                if (!scan.ReadLabel(MaxUserIdLength, out var user))
                {
                    return false;
                }
                AnthropicUserId.Read(user, scan.Facts);
            }
            else if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }
}
