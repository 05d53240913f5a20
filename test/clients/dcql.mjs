// Says of each case whether dcql takes the presentations as an answer to the query.
// On standard input: [{query, shown: {id: [{vct, claims, authority}]}}].
import { text } from 'node:stream/consumers'
import { DcqlPresentationResult, DcqlQuery } from 'dcql'

const says = ({ query, shown }) => {
  try {
    const parsed = DcqlQuery.parse(query)
    DcqlQuery.validate(parsed)
    const presented = Object.fromEntries(Object.entries(shown).map(([id, all]) => [id, all.map(({ vct, claims, authority }) => (
      { credential_format: 'dc+sd-jwt', vct, claims, cryptographic_holder_binding: true, authority: { type: 'aki', values: [authority] } }))]))
    const { can_be_satisfied: good } = DcqlPresentationResult.fromDcqlPresentation(presented, { dcqlQuery: parsed })
    return { good, why: '' }
  } catch (e) {
    return { good: false, why: `${e.name}: ${e.message}` }
  }
}
console.log(JSON.stringify({ says: JSON.parse(await text(process.stdin)).map(says) }))
