using System.ClientModel;
using OpenAI.Responses;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>OpenAI</c>'s responses.</summary>
internal sealed class OpenAIResponses(Target target) : Library
{
    private readonly ResponsesClient client = new(
        new ApiKeyCredential(target.Key),
        new ResponsesClientOptions { Endpoint = target.OpenAI }
    );

    public override async Task<string> AskAsync(string prompt)
    {
        var answer = await client.CreateResponseAsync(Asking(prompt));
        return answer.Value.GetOutputText();
    }

    public override async IAsyncEnumerable<string> StreamAsync(string prompt)
    {
        var options = Asking(prompt);
        options.StreamingEnabled = true;
        await foreach (var update in await client.CreateResponseStreamingAsync(options))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate delta)
            {
                yield return delta.Delta;
            }
        }
    }

    public override async Task<string> UseToolAsync(string prompt)
    {
        var options = Asking(prompt);
        options.Tools.Add(
            ResponseTool.CreateFunctionTool(
                Weather.Name,
                BinaryData.FromString(Weather.Schema),
                strictModeEnabled: false,
                functionDescription: Weather.Description
            )
        );
        while (true)
        {
            ResponseResult answer = await client.CreateResponseAsync(options);
            var calls = answer.OutputItems.OfType<FunctionCallResponseItem>().ToList();
            if (calls.Count == 0)
            {
                return answer.GetOutputText();
            }

            foreach (var item in answer.OutputItems)
            {
                options.InputItems.Add(item);
            }

            foreach (var call in calls)
            {
                options.InputItems.Add(ResponseItem.CreateFunctionCallOutputItem(call.CallId, Weather.Get(call.FunctionArguments)));
            }
        }
    }

    private CreateResponseOptions Asking(string prompt) => new(target.Model, [ResponseItem.CreateUserMessageItem(prompt)]);
}
