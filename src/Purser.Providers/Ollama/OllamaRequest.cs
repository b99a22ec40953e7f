using System.Text.Json;

namespace Purser.Providers.Ollama;

/// <summary>What Purser reads in a body of <c>POST /api/chat</c>, <c>/api/generate</c> and <c>/api/embed</c>. Without a word, it's streamed.</summary>
internal static class OllamaRequest
{
    private const int Model = 0;
    private const int Stream = 1;
    private const int Options = 2;
    private const int Messages = 3;
    private const int Images = 4;
    private const int Tools = 5;
    private const int Format = 6;
    private const int Input = 7;

    private static readonly TopLevelMembers Members = new("model", "stream", "options", "messages", "images", "tools", "format", "input");

    /// <summary>Reads a whole body.</summary>
    public static UnderstandResult Read(ReadOnlySpan<byte> body)
    {
        var result = RequestScan.Read(body, Members, ReadMember);
        if (result.Facts is { } facts)
        {
            facts.Stream = !facts.IsStreamRefused;
            facts.ClientAskedForUsage = facts.Stream;
            facts.LimitPlace ??= new LimitPlace(new JsonSlice(facts.BodyEnd, 0), ",\"options\":{", "}");
        }
        return result;
    }

    /// <summary>Reads a whole body of which embeddings are made.</summary>
    public static UnderstandResult ReadInputs(ReadOnlySpan<byte> body)
    {
        var result = RequestScan.Read(body, Members, ReadMember);
        if (result.Facts is { } facts)
        {
            facts.MaxOutputTokens = 0;
        }
        return result;
    }

    private static bool ReadMember(ref RequestScan scan, int member)
    {
        switch (member)
        {
            case Model:
                return scan.ReadModel();
            case Stream:
                var isNull = scan.IsNull;
                var isValid = scan.ReadBoolean("stream", out var stream);
                scan.Facts.IsStreamRefused = !isNull && !stream;
                return isValid;
            case Options:
                return ReadOptions(ref scan);
            case Messages:
                return ReadMessages(ref scan);
            case Images:
                return ReadImages(ref scan);
            case Tools:
                scan.Facts.HasTools |= !scan.IsNull;
                return scan.Walk(WalkRules.None);
            case Format:
                scan.Facts.TextIsJson |= !scan.IsNull;
                return scan.Walk(WalkRules.None);
            case Input:
                return ReadInput(ref scan);
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    private static bool ReadOptions(ref RequestScan scan)
    {
        if (scan.IsNull)
        {
            scan.Facts.LimitPlace = new LimitPlace(scan.TokenSlice(), "{", "}");
            return true;
        }
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Refuse(RequestFaults.InvalidMember, "'options' must be an object.", "options");
        }
        var begin = scan.TokenSlice();
        var place = new JsonSlice(begin.Offset + begin.Length, 0);
        scan.Facts.LimitPlace = new LimitPlace(place, "", "");
        while (scan.NextMember(out var name))
        {
            scan.Facts.LimitPlace = new LimitPlace(place, "", ",");
            if (!(name == "num_predict" ? scan.ReadOpenLimit(name) : scan.Walk(WalkRules.None)))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    private static bool ReadMessages(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextElement())
        {
            if (scan.Token != JsonTokenType.StartObject)
            {
                return scan.Refuse(RequestFaults.InvalidMember, "'messages' must be a list of messages, each an object.", "messages");
            }
            while (scan.NextMember(out var name))
            {
                // Go's decoder takes any case.
                var isImages = name.Equals("images", StringComparison.OrdinalIgnoreCase);
                if (!(isImages ? ReadImages(ref scan) : scan.Walk(WalkRules.None)))
                {
                    return false;
                }
            }
            if (scan.Fault is not null)
            {
                return false;
            }
        }
        return true;
    }

    private static bool ReadImages(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            scan.Facts.NonTextParts += scan.IsNull ? 0 : 1;
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextElement())
        {
            scan.Facts.NonTextParts++;
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return true;
    }

    private static bool ReadInput(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.None);
        }
        var inputs = 0L;
        while (scan.NextElement())
        {
            inputs++;
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        scan.Facts.Inputs = Math.Max(1, inputs);
        return true;
    }
}
