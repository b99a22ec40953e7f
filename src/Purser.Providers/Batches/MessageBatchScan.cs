using System.Text.Json;

namespace Purser.Providers.Batches;

/// <summary>What a step of a <see cref="MessageBatchScan"/> came to.</summary>
public enum ScanStep
{
    /// <summary>A request of the batch was found.</summary>
    Request,

    /// <summary>There is no whole request in what was given: more is needed.</summary>
    More,

    /// <summary>The body is at its end.</summary>
    End,

    /// <summary>The body is no batch.</summary>
    Fault,
}

/// <summary>
/// Goes through the body of a batch of messages, <c>{"requests":[{},…]}</c>, a request at a time, so that no more than one of them has to be in memory.
/// </summary>
public sealed class MessageBatchScan
{
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = 256 });
    private Place place;
    private bool sawRequests;

    private enum Place
    {
        Start,
        Members,
        BeforeRequests,
        Requests,
        BeforeOther,
        After,
    }

    /// <summary>Looks for the next request. It never throws for what the body holds.</summary>
    /// <param name="window">What follows the bytes that were consumed so far.</param>
    /// <param name="isLast">Whether nothing follows it.</param>
    /// <param name="consumed">How many bytes of the window are done with.</param>
    /// <param name="request">Where in the window the request is.</param>
    public ScanStep Next(ReadOnlySpan<byte> window, bool isLast, out int consumed, out JsonSlice request)
    {
        request = default;
        var reader = new Utf8JsonReader(window, isLast, state);
        try
        {
            while (true)
            {
                var (before, at) = (reader.CurrentState, (int)reader.BytesConsumed);
                if (!reader.Read())
                {
                    (state, consumed) = (reader.CurrentState, (int)reader.BytesConsumed);
                    return !isLast ? ScanStep.More
                        : place == Place.After && sawRequests ? ScanStep.End
                        : ScanStep.Fault;
                }
                switch (Take(ref reader))
                {
                    case null:
                        (state, consumed) = (before, at);
                        return isLast ? ScanStep.Fault : ScanStep.More;
                    case ScanStep.Fault:
                        consumed = 0;
                        return ScanStep.Fault;
                    case ScanStep.Request:
                        var end = (int)reader.BytesConsumed;
                        // The window may begin with a comma and spaces.
                        var start = at + window[at..].IndexOf((byte)'{');
                        request = new JsonSlice(start, end - start);
                        (state, consumed) = (reader.CurrentState, end);
                        return ScanStep.Request;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            consumed = 0;
            return ScanStep.Fault;
        }
    }

    /// <summary>Takes a token, with all of the value that it begins where that isn't gone into; null where that isn't whole in the window.</summary>
    private ScanStep? Take(ref Utf8JsonReader reader)
    {
        switch (place, reader.TokenType)
        {
            case (Place.Start, JsonTokenType.StartObject):
                place = Place.Members;
                return ScanStep.More;
            case (Place.Members, JsonTokenType.EndObject):
                place = Place.After;
                return ScanStep.More;
            case (Place.Members, JsonTokenType.PropertyName):
                var isRequests = reader.ValueTextEquals("requests"u8);
                if (isRequests && sawRequests)
                {
                    return ScanStep.Fault;
                }
                sawRequests |= isRequests;
                place = isRequests ? Place.BeforeRequests : Place.BeforeOther;
                return ScanStep.More;
            case (Place.BeforeRequests, JsonTokenType.StartArray):
                place = Place.Requests;
                return ScanStep.More;
            case (Place.Requests, JsonTokenType.EndArray):
                place = Place.Members;
                return ScanStep.More;
            case (Place.Requests, JsonTokenType.StartObject):
                return reader.TrySkip() ? ScanStep.Request : null;
            case (Place.BeforeOther, _):
                if (!reader.TrySkip())
                {
                    return null;
                }
                place = Place.Members;
                return ScanStep.More;
            default:
                return ScanStep.Fault;
        }
    }
}
