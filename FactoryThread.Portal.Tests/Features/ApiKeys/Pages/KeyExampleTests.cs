using FactoryThread.Portal.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class KeyExampleTests
{
    [Fact]
    public void The_curl_example_is_the_guides_with_address_flow_and_key_filled_in()
    {
        var curl = KeyExample.For("https://keys.example.com", "abc123", readOnly: false)[0];

        Assert.Equal(
            """
            curl -X POST https://keys.example.com/flows/abc123/execute \
              -H "Authorization: Bearer THE-KEY" \
              -H "Content-Type: application/json" \
              -d '{"customerId": "C001"}'
            """.ReplaceLineEndings("\n"),
            curl.Before + "THE-KEY" + curl.After);
    }

    [Fact]
    public void A_key_that_executes_nothing_gets_examples_that_work_for_it()
        => Assert.All(KeyExample.For("http://localhost:5080", "abc123", readOnly: true), example =>
        {
            Assert.Contains("http://localhost:5080/flows/abc123/executions", example.Before + example.After, StringComparison.Ordinal);
            Assert.DoesNotContain("/execute ", example.Before + example.After + " ", StringComparison.Ordinal);
        });
}
