using Purser.Simulator.Faults;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Azure;

/// <summary>Azure's errors, in its words. Those of its front have a code and a message alone, and no type.</summary>
internal static class AzureErrors
{
    public static readonly RequestError MissingKey = new(
        401,
        "",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a "
            + "correct regional API endpoint for your resource.",
        Code: "401"
    );

    public static readonly RequestError NoResource = new(404, "", "Resource not found", Code: "404");

    public static readonly RequestError NoDeployment = new(
        404,
        "",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try "
            + "again.",
        Code: "DeploymentNotFound"
    );

    public static readonly RequestError Filtered = new(
        400,
        "content_filter",
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To "
            + "learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
        "prompt",
        "content_filter"
    );

    public static RequestError Of(FaultKind fault, AzureRoute route, string model) =>
        fault switch
        {
            FaultKind.Blocked => Filtered,
            FaultKind.KeyRefused => MissingKey,
            FaultKind.RateLimited => new(
                429,
                "",
                $"Requests to the {Name(route)} Operation under Azure OpenAI API version {route.Version ?? "v1"} have exceeded token rate limit of your "
                    + "current OpenAI S0 pricing tier. Please retry after 1 second. Please go here: https://aka.ms/oai/quotaincrease if you would like "
                    + "to further increase the default rate limit.",
                Code: "429",
                RetryAfterSeconds: 1
            ),
            _ => OpenAIErrors.Of(fault, model),
        };

    private static string Name(AzureRoute route) =>
        route.Operation switch
        {
            "chat/completions" => "ChatCompletions_Create",
            "embeddings" => "Embeddings_Create",
            _ => "Responses_Create",
        };
}
